import type { Session, SessionSocket } from "../actors/session.ts";
import type { Sessions } from "../actors/sessions.ts";
import { decodeMessage, type Encoded, type Encoding, encodeMessage } from "../protocol/codec.ts";
import { ERROR_CODES, ProtocolError } from "../protocol/errors.ts";
import { type RequestFrame, requestsOf } from "../protocol/frames.ts";
import type { WireLimits } from "../protocol/limits.ts";
import { parseRequest, type Welcome } from "../protocol/ops.ts";
import { PROTOCOL_VERSION } from "../protocol/version.ts";
import type { Deadline, Deadlines } from "../util/deadlines.ts";
import type { Principals } from "./principals.ts";

/** The socket under a connection. */
export interface RawSocket {
  send(message: Encoded): void;
  close(code: number, reason: string): void;
  /** Bytes that wait to be sent. */
  buffered(): number;
}

/** How long a socket may stay without a hello, ms: it would cost memory for as long as it answers pings. */
export const HELLO_MS = 30_000;

export interface ConnectionPorts {
  readonly deadlines: Deadlines;
  readonly sessions: Sessions;
  readonly principals: Principals;
  readonly limits: WireLimits;
  /** What `welcome` says besides the session. */
  describe(): Omit<Welcome, "session" | "resumed" | "version">;
}

/**
 * One socket of a client: `hello` first, then requests go to its session. What cannot be read closes the socket with
 * the code of its error; the session stays and can be resumed.
 */
export class Connection {
  readonly #raw: RawSocket;
  readonly #ports: ConnectionPorts;
  readonly #token: string | null;
  #session: { readonly session: Session; readonly socket: number } | null = null;
  #closed = false;
  readonly #late: Deadline;

  constructor(raw: RawSocket, token: string | null, ports: ConnectionPorts) {
    this.#raw = raw;
    this.#token = token;
    this.#ports = ports;
    const late = new ProtocolError("bad_frame", `a socket begins with \`hello\`, within ${HELLO_MS / 1000} s`);
    this.#late = ports.deadlines.arm(HELLO_MS, () => this.#refuse(late, "json"));
  }

  message(data: Uint8Array | string): void {
    if (this.#closed) return;
    const encoding = typeof data === "string" ? "json" : "msgpack";
    try {
      const { limits } = this.#ports;
      const most = this.#session ? limits.message_bytes : limits.hello_bytes;
      const frames = requestsOf(decodeMessage(data, limits, most), limits);
      const [first, ...rest] = frames;
      if (!first) return;
      if (this.#session) return this.#receive(frames);
      this.#hello(first, encoding);
      if (rest.length > 0) this.#receive(rest);
    } catch (error) {
      this.#refuse(error, encoding);
    }
  }

  /** The socket is gone. */
  gone(): void {
    this.#closed = true;
    this.#ports.deadlines.disarm(this.#late);
    this.#session?.session.detach(this.#session.socket);
    this.#session = null;
  }

  #receive(frames: readonly RequestFrame[]): void {
    this.#session?.session.receive(frames);
  }

  #hello(frame: RequestFrame, encoding: Encoding): void {
    const request = parseRequest(frame);
    if (request.op !== "hello") throw new ProtocolError("bad_frame", "the first request on a socket is `hello`");
    if (request.version !== PROTOCOL_VERSION) {
      const message = `this server speaks version ${PROTOCOL_VERSION} of the protocol, not ${request.version}`;
      throw new ProtocolError("unsupported_version", message);
    }
    const { sessions, principals, describe } = this.#ports;
    const principal = principals.identify(this.#token ?? request.token ?? null);
    const session = this.#find(request.id, sessions, principal, request.resume?.session ?? null, encoding);
    if (!session) return;
    const resumed = request.resume !== undefined;
    const welcome: Welcome = { session: session.id, resumed, version: PROTOCOL_VERSION, ...describe() };
    this.#send(encodeMessage({ re: request.id, ok: welcome }, encoding));
    this.#session = { session, socket: session.attach(this.#socket(encoding)) };
    this.#ports.deadlines.disarm(this.#late);
  }

  /** The session to go on with. A lost one is a reply, not a close: the client may say hello again on this socket. */
  #find(id: number, sessions: Sessions, principal: string, resume: string | null, encoding: Encoding): Session | null {
    if (resume === null) return sessions.open(principal);
    try {
      return sessions.resume(principal, resume);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#send(encodeMessage({ re: id, err: error.toWire() }, encoding));
      return null;
    }
  }

  #socket(encoding: Encoding): SessionSocket {
    return {
      encoding,
      send: (message) => this.#send(message),
      close: (code, reason) => this.#close(code, reason),
    };
  }

  #send(message: Encoded): void {
    if (this.#closed) return;
    // Before the message, not with it: one that is larger than the bound would close every socket that asks for it.
    if (this.#raw.buffered() <= this.#ports.limits.outbound_bytes) return this.#raw.send(message);
    this.#close(ERROR_CODES.slow_consumer.close, "slow_consumer");
  }

  #refuse(error: unknown, encoding: Encoding): void {
    const known = error instanceof ProtocolError ? error : new ProtocolError("internal", "a fault of the server");
    this.#send(encodeMessage({ ev: "closing", ...known.toWire() }, encoding));
    this.#close(ERROR_CODES[known.code].close ?? ERROR_CODES.bad_frame.close, known.code);
  }

  #close(code: number, reason: string): void {
    if (this.#closed) return;
    this.gone();
    this.#raw.close(code, reason);
  }
}
