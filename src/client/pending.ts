import type { Call } from "../protocol/calls.ts";
import type { RequestFrame } from "../protocol/frames.ts";

interface Waiting {
  readonly frame: RequestFrame;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests without a reply, by id, in the order in which they were numbered. No I/O. */
export class Pending {
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #acked = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Numbers a call and keeps it until its reply comes. */
  add(call: Call, resolve: (value: unknown) => void, reject: (error: Error) => void): RequestFrame {
    const frame: RequestFrame = { id: this.#next++, ...call };
    this.#waiting.set(frame.id, { frame, resolve, reject });
    return frame;
  }

  /** Takes a request out, with its reply or without. */
  take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** What a new socket has to send again. */
  frames(): RequestFrame[] {
    return [...this.#waiting.values()].map(({ frame }) => frame);
  }

  takeAll(): Waiting[] {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    return all;
  }

  /** A new session numbers from the beginning. */
  restart(): void {
    this.#next = 1;
    this.#acked = 0;
  }

  /** The cumulative ack to send: an id below which every reply is here, once `every` more of them are; else null. */
  dueAck(every: number): number | null {
    const [oldest] = this.#waiting.keys();
    const upto = (oldest ?? this.#next) - 1;
    if (upto - this.#acked < every) return null;
    this.#acked = upto;
    return upto;
  }
}
