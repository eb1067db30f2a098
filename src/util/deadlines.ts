import type { Clock } from "./clock.ts";

interface Entry {
  readonly tick: number;
  readonly fire: () => void;
}

/** An armed deadline; give it back to `disarm`. */
export type Deadline = Entry;

/**
 * One shared wheel for all deadlines of a process. A timer of its own for each of ten thousand instances would cost more
 * than their steps; here arming and disarming are a set operation, and one timer runs while anything is armed.
 * A deadline fires at the first tick at or after its time: never early, late by at most `resolution` ms.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #resolution: number;
  readonly #ticks = new Map<number, Set<Entry>>();
  #size = 0;
  #timer: { readonly tick: number; readonly id: unknown } | null = null;

  constructor(clock: Clock, resolution = 50) {
    this.#clock = clock;
    this.#resolution = resolution;
  }

  /** How many deadlines are armed. */
  get size(): number {
    return this.#size;
  }

  /** Calls `fire` once, `ms` milliseconds from now. */
  arm(ms: number, fire: () => void): Deadline {
    const tick = Math.ceil((this.#clock.now() + ms) / this.#resolution);
    const entry: Entry = { tick, fire };
    const bucket = this.#ticks.get(tick);
    if (bucket) bucket.add(entry);
    else this.#ticks.set(tick, new Set([entry]));
    this.#size++;
    if (this.#timer === null || tick < this.#timer.tick) this.#schedule(tick);
    return entry;
  }

  /** Takes a deadline back; one that fired or was disarmed before is ignored. */
  disarm(entry: Deadline): void {
    const bucket = this.#ticks.get(entry.tick);
    if (!bucket?.delete(entry)) return;
    this.#size--;
    if (bucket.size === 0) this.#ticks.delete(entry.tick);
    if (this.#size === 0) this.#stop();
  }

  #schedule(tick: number): void {
    this.#stop();
    const wait = Math.max(0, tick * this.#resolution - this.#clock.now());
    this.#timer = { tick, id: this.#clock.setTimeout(() => this.#turn(), wait) };
  }

  #stop(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer.id);
    this.#timer = null;
  }

  #turn(): void {
    this.#timer = null;
    const now = Math.floor(this.#clock.now() / this.#resolution);
    const due = [...this.#ticks.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
    for (const tick of due) {
      for (const entry of this.#ticks.get(tick) ?? []) {
        this.disarm(entry);
        entry.fire();
      }
    }
    if (this.#size > 0) this.#schedule(Math.min(...this.#ticks.keys()));
  }
}
