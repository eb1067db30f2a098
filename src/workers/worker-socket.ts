import { decodeMessage, type Encoded, encodeMessage } from "../protocol/codec.ts";
import { ERROR_CODES, ProtocolError } from "../protocol/errors.ts";
import { type RequestFrame, requestsOf } from "../protocol/frames.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import { PROTOCOL_VERSION } from "../protocol/version.ts";
import { parseWorkerHello, type WorkerHello, type WorkerWelcome, workerRepliesOf } from "../protocol/worker-frames.ts";
import type { Deadlines } from "../util/deadlines.ts";
import { RemoteChannel, type RemoteLimits } from "./remote-channel.ts";

/** The socket under a worker, as a server has it. */
export interface RawWorkerSocket {
  send(message: Encoded): void;
  close(code: number, reason: string): void;
}

export interface WorkerSocketPorts {
  /** What the welcome says of the server. */
  readonly server: string;
  readonly deadlines: Deadlines;
  readonly limits: RemoteLimits;
  /** The name of the worker that says this. Throws a ProtocolError for one that is not wanted. */
  admit(hello: WorkerHello): string;
  /** A worker was taken in and waits for requests. */
  arrived(channel: RemoteChannel, hello: WorkerHello): void;
}

/**
 * One socket of a worker, on the server's side: `hello` first, then replies to what the channel asks. A worker that sends
 * anything else is closed with a code and lost.
 */
export class WorkerSocket {
  readonly #raw: RawWorkerSocket;
  readonly #ports: WorkerSocketPorts;
  #channel: RemoteChannel | null = null;
  #closed = false;
  /** The code that the socket is closed with. */
  #code: number = ERROR_CODES.shutting_down.close;
  /** Requests of this turn: they leave as one message. */
  #batch: RequestFrame[] = [];

  constructor(raw: RawWorkerSocket, ports: WorkerSocketPorts) {
    this.#raw = raw;
    this.#ports = ports;
  }

  message(data: Uint8Array | string): void {
    if (this.#closed) return;
    try {
      if (this.#channel) this.#channel.receive(workerRepliesOf(decodeMessage(data, WIRE_LIMITS), WIRE_LIMITS));
      else this.#hello(data);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The socket is gone, and the worker with it. */
  gone(): void {
    this.#closed = true;
    this.#channel?.lose("the worker's socket closed");
  }

  #hello(data: Uint8Array | string): void {
    const [frame, more] = requestsOf(decodeMessage(data, WIRE_LIMITS, WIRE_LIMITS.hello_bytes), WIRE_LIMITS);
    if (!frame || more) throw new ProtocolError("bad_frame", "a worker says `hello` alone and waits for its reply");
    const hello = parseWorkerHello(frame);
    if (hello.version !== PROTOCOL_VERSION) {
      const message = `this server speaks version ${PROTOCOL_VERSION} of the protocol, not ${hello.version}`;
      throw new ProtocolError("unsupported_version", message);
    }
    const { limits, server, deadlines } = this.#ports;
    const worker_id = this.#ports.admit(hello);
    const welcome: WorkerWelcome = {
      worker_id,
      version: PROTOCOL_VERSION,
      server,
      limits: { ...WIRE_LIMITS },
      heartbeat_s: limits.heartbeat_ms / 1000,
    };
    this.#send(encodeMessage({ re: frame.id, ok: welcome }, "msgpack"));
    const sink = {
      send: (request: RequestFrame) => this.#enqueue(request),
      close: (reason: string) => this.#close(reason),
    };
    this.#channel = new RemoteChannel(worker_id, sink, deadlines, limits);
    this.#ports.arrived(this.#channel, hello);
  }

  #enqueue(request: RequestFrame): void {
    if (this.#batch.push(request) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    const [only] = batch;
    if (only) this.#send(encodeMessage(batch.length === 1 ? only : batch, "msgpack"));
  }

  #send(message: Encoded): void {
    if (!this.#closed) this.#raw.send(message);
  }

  #refuse(error: unknown): void {
    const known = error instanceof ProtocolError ? error : new ProtocolError("internal", "a fault of the server");
    this.#code = ERROR_CODES[known.code].close ?? ERROR_CODES.bad_frame.close;
    if (this.#channel) return this.#channel.lose(`the worker sent what is no reply: ${known.message}`);
    this.#send(encodeMessage({ re: 1, err: known.toWire() }, "msgpack"));
    this.#close(known.code);
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    // A close frame has room for 123 bytes of reason.
    this.#raw.close(this.#code, reason.slice(0, 100));
  }
}
