const FIRST = 1024;

/** A Uint32Array that grows by doubling: an array of numbers would take three times the memory. */
export class GrowingUint32 {
  #array = new Uint32Array(FIRST);
  #length = 0;

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
      const larger = new Uint32Array(2 * this.#length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length++] = value;
  }
}

/** The same of Uint16Array. */
export class GrowingUint16 {
  #array = new Uint16Array(FIRST);
  #length = 0;

  get(at: number): number {
    return this.#array[at] ?? 0;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const larger = new Uint16Array(2 * this.#length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length++] = value;
  }
}
