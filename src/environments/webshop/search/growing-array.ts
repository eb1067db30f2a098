type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array;

const FIRST = 1024;

/** A typed array that grows by doubling: an array of numbers would take several times the memory. */
export class GrowingArray<T extends Numbers> {
  readonly #make: (length: number) => T;
  #array: T;
  #length = 0;

  /** `make` makes an array of zeros. */
  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(FIRST);
  }

  get length(): number {
    return this.#length;
  }

  get(at: number): number {
    return this.#array[at] ?? 0;
  }

  set(at: number, value: number): void {
    this.#array[at] = value;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const larger = this.#make(2 * this.#length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length++] = value;
  }

  /** What it holds, as an array of its own length. */
  finish(): T {
    const exact = this.#make(this.#length);
    exact.set(this.#array.subarray(0, this.#length));
    return exact;
  }
}

export const growingUint32 = () => new GrowingArray((length) => new Uint32Array(length));
export const growingUint16 = () => new GrowingArray((length) => new Uint16Array(length));
export const growingUint8 = () => new GrowingArray((length) => new Uint8Array(length));
export const growingFloat64 = () => new GrowingArray((length) => new Float64Array(length));
