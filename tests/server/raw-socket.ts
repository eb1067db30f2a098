import { decodeMessage, encodeMessage } from "../../src/protocol/codec.ts";
import type { Frame } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";

type Received = Record<string, unknown>;

/** A socket without the client: any bytes in, decoded messages out. */
export class RawSocket {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #messages: Received[] = [];
  readonly #readers: ((message: Received) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => resolve({ code, reason });
    });
    socket.onmessage = ({ data }) => {
      const bytes = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer);
      const message = decodeMessage(bytes, WIRE_LIMITS) as Received;
      const reader = this.#readers.shift();
      if (reader) reader(message);
      else this.#messages.push(message);
    };
  }

  /** Rejects where the upgrade is refused. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
    const socket = new WebSocket(url, { headers } as never);
    const raw = new RawSocket(socket);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return raw;
  }

  /** A socket whose session stands: ids go on from 2. */
  static async greeted(url: string, fields: Received = {}): Promise<{ raw: RawSocket; session: string }> {
    const raw = await RawSocket.open(url);
    const welcome = (await raw.ask({ id: 1, op: "hello", version: 1, ...fields })).ok as { session: string };
    return { raw, session: welcome.session };
  }

  send(message: Uint8Array<ArrayBuffer> | string): void {
    this.#socket.send(message);
  }

  /** Sends a frame and waits for the next message. */
  ask(frame: Frame): Promise<Received> {
    this.send(encodeMessage(frame, "msgpack"));
    return this.next();
  }

  next(): Promise<Received> {
    const message = this.#messages.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Gone without a word of goodbye. */
  vanish(): void {
    (this.#socket as unknown as { terminate(): void }).terminate();
  }

  close(): void {
    this.#socket.close();
  }
}
