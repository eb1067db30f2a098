/** From this length on, difflib ignores what is too common in the second text ("autojunk"). */
const AUTOJUNK = 200;

/**
 * difflib.SequenceMatcher(None, a, b).ratio(): twice the length of the matching blocks through the length of both, in
 * code points. Not symmetric.
 */
export function sequenceRatio(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const total = left.length + right.length;
  return total === 0 ? 1 : (2 * new Matcher(left, right).matches()) / total;
}

class Matcher {
  readonly #a: readonly string[];
  readonly #b: readonly string[];
  readonly #places = new Map<string, number[]>();

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a;
    this.#b = b;
    for (const [at, char] of b.entries()) {
      const places = this.#places.get(char);
      if (places === undefined) this.#places.set(char, [at]);
      else places.push(at);
    }
    if (b.length < AUTOJUNK) return;
    const popular = Math.floor(b.length / 100) + 1;
    for (const [char, places] of this.#places) if (places.length > popular) this.#places.delete(char);
  }

  matches(): number {
    let sum = 0;
    const open: [number, number, number, number][] = [[0, this.#a.length, 0, this.#b.length]];
    for (let range = open.pop(); range !== undefined; range = open.pop()) {
      const [aLow, aHigh, bLow, bHigh] = range;
      const [i, j, size] = this.#longest(aLow, aHigh, bLow, bHigh);
      if (size === 0) continue;
      sum += size;
      open.push([aLow, i, bLow, j], [i + size, aHigh, j + size, bHigh]);
    }
    return sum;
  }

  /** The longest common run, the first one in a, then in b; then grown over characters that autojunk took out. */
  #longest(aLow: number, aHigh: number, bLow: number, bHigh: number): [number, number, number] {
    let [bestI, bestJ, bestSize] = [aLow, bLow, 0];
    let lengths = new Map<number, number>();
    for (let i = aLow; i < aHigh; i++) {
      const next = new Map<number, number>();
      for (const j of this.#places.get(this.#a[i] ?? "") ?? []) {
        if (j < bLow) continue;
        if (j >= bHigh) break;
        const size = (lengths.get(j - 1) ?? 0) + 1;
        next.set(j, size);
        if (size > bestSize) [bestI, bestJ, bestSize] = [i - size + 1, j - size + 1, size];
      }
      lengths = next;
    }
    while (bestI > aLow && bestJ > bLow && this.#a[bestI - 1] === this.#b[bestJ - 1]) {
      bestI--;
      bestJ--;
      bestSize++;
    }
    while (
      bestI + bestSize < aHigh &&
      bestJ + bestSize < bHigh &&
      this.#a[bestI + bestSize] === this.#b[bestJ + bestSize]
    ) {
      bestSize++;
    }
    return [bestI, bestJ, bestSize];
  }
}
