import type { JsonObject } from "./messages.ts";

interface CodeFacts {
  /** Status that an HTTP route answers with. */
  readonly http: number;
  /** Close code of the WebSocket where the error ends the connection; null where it is a reply. */
  readonly close: number | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly text: string;
}

/** The one table of error codes; docs/protocol.md shows it, and a test holds the two together. */
export const ERROR_CODES = {
  bad_frame: { http: 400, close: 4400, retryable: false, text: "the message is no frame or batch of frames" },
  too_large: { http: 413, close: 4413, retryable: false, text: "the message is larger than the limit" },
  too_deep: {
    http: 400,
    close: 4414,
    retryable: false,
    text: "the message is nested deeper or has more items than the limit",
  },
  bad_request: { http: 400, close: null, retryable: false, text: "a field is missing or has a wrong type" },
  bad_params: { http: 400, close: null, retryable: false, text: "a parameter is unknown to the environment or wrong" },
  unsupported_op: { http: 404, close: null, retryable: false, text: "the op is unknown or not built" },
  unsupported_version: {
    http: 400,
    close: 4405,
    retryable: false,
    text: "client and server share no protocol version",
  },
  unauthorized: { http: 401, close: 4401, retryable: false, text: "the token is missing or wrong" },
  forbidden: { http: 403, close: 4403, retryable: false, text: "the Origin or Host is not allowed" },
  unknown_environment: { http: 400, close: null, retryable: false, text: "no such environment is served" },
  unavailable_environment: {
    http: 503,
    close: null,
    retryable: false,
    text: "the environment cannot be served here; the message says why",
  },
  unknown_split: { http: 400, close: null, retryable: false, text: "the environment has no such split" },
  unknown_task: { http: 400, close: null, retryable: false, text: "the environment has no such task" },
  unknown_instance: { http: 400, close: null, retryable: false, text: "no such instance is live for this caller" },
  instance_exists: { http: 409, close: null, retryable: false, text: "an instance of the chosen name is live" },
  instance_terminated: {
    http: 409,
    close: null,
    retryable: false,
    text: "the episode is over: it can be evaluated or released",
  },
  stale_step: {
    http: 409,
    close: null,
    retryable: false,
    text: "the number of steps done is another one; nothing was run",
  },
  duplicate_id: { http: 400, close: null, retryable: false, text: "the request id does not rise on this socket" },
  reply_expired: {
    http: 410,
    close: null,
    retryable: false,
    text: "the reply is kept no longer; the request is not run again",
  },
  session_lost: {
    http: 410,
    close: null,
    retryable: false,
    text: "the session to resume is not known: start a new one",
  },
  superseded: { http: 409, close: 4409, retryable: false, text: "another socket resumed the session" },
  overloaded: {
    http: 503,
    close: null,
    retryable: true,
    text: "a bounded queue is full; try again after retry_after_ms",
  },
  timeout: { http: 504, close: null, retryable: true, text: "a deadline of the server passed" },
  cancelled: {
    http: 409,
    close: null,
    retryable: false,
    text: "the instance was let go before the request was answered",
  },
  expectation_failed: {
    http: 412,
    close: null,
    retryable: false,
    text: "the provenance is not the one that was expected",
  },
  worker_lost: { http: 503, close: null, retryable: true, text: "the worker was lost" },
  create_failed: {
    http: 503,
    close: null,
    retryable: true,
    text: "the instance could not be created by no fault of the caller",
  },
  shutting_down: { http: 503, close: 4503, retryable: true, text: "the server is shutting down" },
  slow_consumer: { http: 503, close: 4508, retryable: true, text: "the client does not read what it is sent" },
  moved: { http: 421, close: null, retryable: true, text: "the instance lives at another endpoint, named in details" },
  internal: { http: 500, close: 4500, retryable: true, text: "a fault of the server" },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error as it stands in a reply. */
export interface WireError {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retry_after_ms?: number;
  details?: JsonObject;
}

export interface ProtocolErrorOptions {
  retry_after_ms?: number;
  details?: JsonObject;
  /** Only for an error that came from elsewhere; ours have that of their code. */
  retryable?: boolean;
}

/** Characters of a message on the wire. */
const MOST_MESSAGE = 4096;

/** A caller's mistake, or a refusal: it has a code, and a message that says what to do. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retry_after_ms: number | undefined;
  readonly details: JsonObject | undefined;

  constructor(code: ErrorCode, message: string, options: ProtocolErrorOptions = {}) {
    super(message);
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.retry_after_ms = options.retry_after_ms;
    this.details = options.details;
  }

  toWire(): WireError {
    const { code, retryable, retry_after_ms, details } = this;
    // A message may quote what the caller sent, and that may be megabytes.
    const message = this.message.length > MOST_MESSAGE ? `${this.message.slice(0, MOST_MESSAGE)}...` : this.message;
    const wire: WireError = { code, message, retryable };
    if (retry_after_ms !== undefined) wire.retry_after_ms = retry_after_ms;
    if (details !== undefined) wire.details = details;
    return wire;
  }

  /** The error of a reply. A code that this version does not know, from a newer server, becomes `internal`. */
  static fromWire(wire: WireError): ProtocolError {
    const { retryable, retry_after_ms, details } = wire;
    const isKnown = Object.hasOwn(ERROR_CODES, wire.code);
    return new ProtocolError(
      isKnown ? wire.code : "internal",
      isKnown ? String(wire.message) : `${String(wire.code)}: ${String(wire.message)}`,
      {
        // Of a code that is not known here the server alone can say whether to try again.
        ...(typeof retryable === "boolean" ? { retryable } : {}),
        ...(typeof retry_after_ms === "number" ? { retry_after_ms } : {}),
        ...(details === undefined || details === null ? {} : { details }),
      },
    );
  }
}
