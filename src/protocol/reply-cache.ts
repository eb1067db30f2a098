/** What is known of a request id: never seen, under way, answered, or answered and no longer kept. */
export type Known<T> =
  | { readonly state: "unknown" | "running" | "expired" }
  | { readonly state: "done"; readonly reply: T };

/**
 * The replies of one session, kept until they are acknowledged, so that a client that lost its socket gets them and
 * nothing runs twice. Bounded in count and in bytes: past a bound the oldest reply goes, and its id is `expired`.
 */
export class ReplyCache<T> {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #running = new Set<number>();
  readonly #done = new Map<number, { readonly reply: T; readonly bytes: number }>();
  #bytes = 0;
  /** The highest id that was started: what lies below it and is neither running nor kept has expired. */
  #highest = 0;

  constructor(most: number, mostBytes: number) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  get highest(): number {
    return this.#highest;
  }

  /** Replies kept, and their bytes. */
  get size(): { count: number; bytes: number } {
    return { count: this.#done.size, bytes: this.#bytes };
  }

  get(id: number): Known<T> {
    const kept = this.#done.get(id);
    if (kept) return { state: "done", reply: kept.reply };
    if (this.#running.has(id)) return { state: "running" };
    return { state: id <= this.#highest ? "expired" : "unknown" };
  }

  start(id: number): void {
    this.#running.add(id);
    this.#highest = Math.max(this.#highest, id);
  }

  /** Keeps the reply of a request. `bytes` is what it weighs. */
  finish(id: number, reply: T, bytes: number): void {
    this.#running.delete(id);
    this.#highest = Math.max(this.#highest, id);
    this.#drop(id);
    this.#done.set(id, { reply, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#done.keys()) {
      if (this.#done.size <= this.#most && this.#bytes <= this.#mostBytes) break;
      this.#drop(oldest);
    }
  }

  /** The client has every reply up to and including this id. */
  ack(upto: number): void {
    for (const id of this.#done.keys()) if (id <= upto) this.#drop(id);
  }

  #drop(id: number): void {
    this.#bytes -= this.#done.get(id)?.bytes ?? 0;
    this.#done.delete(id);
  }
}
