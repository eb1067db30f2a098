import { PyRandom } from "../../bfcl/python/random.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** CPython 3.11's random module over one MT19937 stream: each method draws what the function of its name draws. */
export class Draws {
  #stream: PyRandom;

  constructor(seed: number) {
    this.#stream = new PyRandom(BigInt(seed));
  }

  seed(seed: number): void {
    this.#stream = new PyRandom(BigInt(seed));
  }

  random(): number {
    return this.#stream.random();
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  below(count: number): number {
    return this.#stream.below(count);
  }

  /** random.sample(range(count), wanted) */
  sample(count: number, wanted: number): number[] {
    const result: number[] = [];
    // The two ways draw differently, so the border between them is CPython's.
    const setSize = 21 + (wanted > 5 ? 4 ** Math.ceil(Math.log(wanted * 3) / Math.log(4)) : 0);
    if (count <= setSize) {
      const pool = Array.from({ length: count }, (_, at) => at);
      for (let left = count; left > count - wanted; left--) {
        const at = this.below(left);
        result.push(pool[at] ?? 0);
        pool[at] = pool[left - 1] ?? 0;
      }
      return result;
    }
    const taken = new Set<number>();
    while (result.length < wanted) {
      const at = this.below(count);
      if (taken.has(at)) continue;
      taken.add(at);
      result.push(at);
    }
    return result;
  }

  /** random.shuffle of an array, in place. */
  shuffle(array: Uint32Array): void {
    for (let at = array.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      const value = array[at] ?? 0;
      array[at] = array[other] ?? 0;
      array[other] = value;
    }
  }

  /** ''.join(random.choices(string.ascii_lowercase, k=length)) */
  letters(length: number): string {
    return Array.from({ length }, () => LETTERS[Math.floor(this.random() * LETTERS.length)] ?? "").join("");
  }
}
