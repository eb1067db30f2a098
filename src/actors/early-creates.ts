import { ProtocolError } from "../protocol/errors.ts";
import type { Deadline, Deadlines } from "../util/deadlines.ts";

interface Early {
  readonly start: () => void;
  readonly refuse: (error: ProtocolError) => void;
  readonly deadline: Deadline;
}

/** Creates that came before their environment had its first worker, which alone says what it is: they wait in line for it. */
export class EarlyCreates {
  readonly #limit: number;
  readonly #timeout_ms: number;
  readonly #deadlines: Deadlines;
  readonly #waiting = new Set<Early>();

  constructor(limit: number, timeout_ms: number, deadlines: Deadlines) {
    this.#limit = limit;
    this.#timeout_ms = timeout_ms;
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** `start` is called when there is a worker, and may throw; else `refuse` is, once. Throws `overloaded` when the line is full. */
  add(start: () => void, refuse: (error: ProtocolError) => void): void {
    if (this.#waiting.size >= this.#limit)
      throw tooMany(`${this.#limit} creates wait already for the environment to load`);
    const deadline = this.#deadlines.arm(this.#timeout_ms, () => {
      this.#waiting.delete(early);
      refuse(tooMany("the environment did not load in time"));
    });
    const early: Early = { start, refuse, deadline };
    this.#waiting.add(early);
  }

  /** There is a worker, or it is known that there is none: what each create comes to now is its answer. */
  startAll(): void {
    for (const { start, refuse } of this.#takeAll()) {
      try {
        start();
      } catch (error) {
        refuse(error instanceof ProtocolError ? error : new ProtocolError("internal", String(error)));
      }
    }
  }

  refuseAll(error: ProtocolError): void {
    for (const { refuse } of this.#takeAll()) refuse(error);
  }

  #takeAll(): Early[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { deadline } of all) this.#deadlines.disarm(deadline);
    return all;
  }
}

function tooMany(message: string): ProtocolError {
  return new ProtocolError("overloaded", message, { retry_after_ms: 500 });
}
