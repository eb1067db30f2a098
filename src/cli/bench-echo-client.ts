import { decodeMessage, encodeMessage } from "../protocol/codec.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import type { Message } from "../protocol/messages.ts";

/** A frame that was sent as a step and is sent again to the echo server, and the size of the reply that it had. */
export interface EchoFrame {
  readonly instance_id: string;
  readonly action: Message;
  readonly reply_bytes: number;
}

/** An echo server, over one socket. */
export class EchoClient {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, () => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const value = decodeMessage(new Uint8Array(data as ArrayBuffer), WIRE_LIMITS) as
        | { re: number }
        | { re: number }[];
      for (const { re } of Array.isArray(value) ? value : [value]) {
        this.#waiting.get(re)?.();
        this.#waiting.delete(re);
      }
    };
  }

  static async connect(address: string): Promise<EchoClient> {
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new EchoClient(socket);
  }

  /**
   * Sends the frames as a bench sends steps: from `lanes` lanes at once, each in messages of `batch`. Adds the
   * milliseconds of each frame to `latencies` and returns the seconds that it all took.
   */
  async replay(frames: readonly EchoFrame[], lanes: number, batch: number, latencies: number[]): Promise<number> {
    let next = 0;
    const lane = async () => {
      while (next < frames.length) {
        const group = frames.slice(next, next + batch);
        next += group.length;
        const sent = performance.now();
        await this.#send(group);
        const took = performance.now() - sent;
        for (const _ of group) latencies.push(took);
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: lanes }, lane));
    return (performance.now() - started) / 1000;
  }

  close(): void {
    this.#socket.close();
  }

  #send(group: readonly EchoFrame[]): Promise<unknown> {
    const requests = group.map((frame) => ({ id: ++this.#id, op: "step", ...frame }));
    const answers = requests.map(({ id }) => new Promise<void>((resolve) => this.#waiting.set(id, resolve)));
    this.#socket.send(encodeMessage(requests.length === 1 && requests[0] ? requests[0] : requests, "msgpack"));
    return Promise.all(answers);
  }
}
