import { termScore } from "./bm25.ts";
import type { IndexArrays, QueryTerm } from "./index-arrays.ts";

/**
 * Sums here are in float32, so that half as much memory is jumped about in, and in another order than the scores': what was
 * added is at most this much off, either way.
 */
const UNDER = 1 - 1e-4;
const OVER = 1 + 1e-4;

/** Raising what hits have at least is worth its while only with so many times more documents than hits. */
const MANY = 4;

/**
 * The documents of a search that can still be hits, with what was added up of their scores. All arithmetic that decides
 * leaves room for rounding, and nothing that ties with the worst hit is left out.
 */
export class Candidates {
  readonly #arrays: IndexArrays;
  /** What was added up by document; 0 for all between two searches. */
  readonly #sums: Float32Array;
  readonly #touched: Uint32Array;
  #count = 0;
  #kept: Uint32Array = new Uint32Array();
  #limit = 0;
  /** A score that so many documents as there are hits have at least. */
  #least = 0;

  constructor(arrays: IndexArrays) {
    this.#arrays = arrays;
    this.#sums = new Float32Array(arrays.products.length);
    this.#touched = new Uint32Array(arrays.products.length);
  }

  start(limit: number, least: number): void {
    this.#limit = limit;
    this.#least = Math.fround(least);
    this.#count = 0;
  }

  /** Whether a document with a score up to this one can be a hit. */
  admits(score: number): boolean {
    return Math.fround(score) >= this.#least;
  }

  /** Adds a term to every document that has it. */
  add({ weight, from, to }: QueryTerm): void {
    const { postingDocs, postingImpacts } = this.#arrays;
    const [sums, touched] = [this.#sums, this.#touched];
    let count = this.#count;
    for (let at = from; at < to; at++) {
      const doc = postingDocs[at] ?? 0;
      const before = sums[doc] ?? 0;
      // Every term that occurs adds more than 0, so 0 says that the document is new.
      if (before === 0) touched[count++] = doc;
      sums[doc] = before + termScore(weight, postingImpacts[at] ?? 0);
    }
    this.#count = count;
  }

  /** Looks for the worst of the best sums so far: what the hits have at least. */
  raise(): void {
    if (this.#count < this.#limit) return;
    const worst = nthLargest(this.#sums, this.#touched, this.#count, this.#limit);
    this.#least = Math.max(this.#least, Math.fround(worst * UNDER));
  }

  /** Ends the adding: keeps what can be a hit with up to `reach` more. */
  keep(reach: number): void {
    const kept = new Uint32Array(this.#count);
    let count = 0;
    for (let at = 0; at < this.#count; at++) {
      const doc = this.#touched[at] ?? 0;
      if (this.admits((this.#sums[doc] ?? 0) * OVER + reach)) kept[count++] = doc;
      // Back to zero for the next search, where it is not kept: clearing all would cost a million writes a search.
      else this.#sums[doc] = 0;
    }
    this.#kept = kept.slice(0, count).sort();
    this.#count = 0;
  }

  /** Adds a term to the documents that are kept, and keeps of them what can be a hit with up to `reach` more. */
  lookUp({ weight, from, to }: QueryTerm, reach: number): void {
    const { postingDocs, postingImpacts } = this.#arrays;
    const sums = this.#sums;
    let at = from;
    let count = 0;
    const kept = this.#kept;
    // By index: an iterator over a typed array costs more than what is done here.
    for (let each = 0; each < kept.length; each++) {
      const doc = kept[each] ?? 0;
      at = leapTo(postingDocs, at, to, doc);
      if (at < to && postingDocs[at] === doc) {
        sums[doc] = (sums[doc] ?? 0) + termScore(weight, postingImpacts[at] ?? 0);
      }
      if (this.admits((sums[doc] ?? 0) * OVER + reach)) kept[count++] = doc;
      else sums[doc] = 0;
    }
    this.#kept = kept.subarray(0, count);
    if (count > MANY * this.#limit) {
      const worst = nthLargest(sums, this.#kept, count, this.#limit);
      this.#least = Math.max(this.#least, Math.fround(worst * UNDER));
    }
  }

  /** Ends the search: what can be a hit, ascending. */
  finish(): Uint32Array {
    for (let at = 0; at < this.#kept.length; at++) this.#sums[this.#kept[at] ?? 0] = 0;
    return this.#kept;
  }
}

/** The n-th largest of the sums of so many documents. */
function nthLargest(sums: Float32Array, docs: Uint32Array, count: number, n: number): number {
  // The largest so far, ascending: few of many sums get into it, so an insertion by hand costs nothing.
  const largest = new Float64Array(n);
  let filled = 0;
  for (let at = 0; at < count; at++) {
    const sum = sums[docs[at] ?? 0] ?? 0;
    if (filled === n && sum <= (largest[0] ?? 0)) continue;
    let place: number;
    if (filled < n) {
      for (place = filled; place > 0 && (largest[place - 1] ?? 0) > sum; place--)
        largest[place] = largest[place - 1] ?? 0;
      filled++;
    } else {
      for (place = 0; place < n - 1 && (largest[place + 1] ?? 0) < sum; place++)
        largest[place] = largest[place + 1] ?? 0;
    }
    largest[place] = sum;
  }
  return largest[0] ?? 0;
}

/** The first posting from `from` on that is not before `doc`: in leaps that double, then by halves. */
export function leapTo(postingDocs: Uint32Array, from: number, to: number, doc: number): number {
  let leap = 1;
  let low = from;
  let high = low;
  while (high < to && (postingDocs[high] ?? 0) < doc) {
    low = high + 1;
    high += leap;
    leap *= 2;
  }
  high = Math.min(high, to);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((postingDocs[middle] ?? 0) < doc) low = middle + 1;
    else high = middle;
  }
  return low;
}
