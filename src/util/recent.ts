interface Kept<V> {
  readonly value: V;
  readonly weight: number;
}

/** A map that keeps what was used last, up to a weight in all: one an entry, unless told what an entry weighs. */
export class Recent<K, V> {
  readonly #most: number;
  readonly #weigh: (value: V) => number;
  /** In the order of their use. */
  readonly #entries = new Map<K, Kept<V>>();
  #weight = 0;

  constructor(most: number, weigh: (value: V) => number = () => 1) {
    this.#most = most;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): V | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    return kept.value;
  }

  /** Keeps a value, and lets go of those that were not used for longest. One that weighs more than all may is not kept. */
  set(key: K, value: V): void {
    this.#drop(key);
    const kept = { value, weight: this.#weigh(value) };
    this.#entries.set(key, kept);
    this.#weight += kept.weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#most) break;
      this.#drop(oldest);
    }
  }

  /** The value of a key, made where it is not kept. */
  getOrMake(key: K, make: () => V): V {
    const known = this.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made);
    return made;
  }

  #drop(key: K): void {
    const kept = this.#entries.get(key);
    if (kept === undefined) return;
    this.#entries.delete(key);
    this.#weight -= kept.weight;
  }
}
