import { analyze } from "./analyzer.ts";
import { lengthNorms, termScore, termWeight } from "./bm25.ts";
import { SEED_RANK } from "./seed-impact.ts";
import { findTerm, type TermArrays } from "./terms.ts";
import { TopHits } from "./top-hits.ts";

/** The arrays of an index. Documents stand in ascending order of their asin, so that the order breaks ties as the original does. */
export interface IndexArrays extends TermArrays {
  /** Documents with at least one token. */
  readonly documents: number;
  /** Tokens of all documents. */
  readonly tokens: number;
  /** Where the postings of each term start; one more at the end. */
  readonly starts: Uint32Array;
  readonly postingDocs: Uint32Array;
  readonly postingCounts: Uint16Array;
  /** Length of each document as SmallFloat's byte. */
  readonly lengths: Uint8Array;
  /** Which product of the catalogue each document is. */
  readonly products: Uint32Array;
  /** The largest impact of each term, and its SEED_RANK-th largest (0 where it has fewer). */
  readonly largest: Float32Array;
  readonly seeds: Float32Array;
}

/** A term of a query with its place in its postings. */
interface Cursor {
  /** Its place in the query: scores are summed in this order. */
  readonly order: number;
  readonly weight: number;
  /** The most that it adds to any score. */
  readonly bound: number;
  readonly end: number;
  at: number;
  /** The document at `at`; past the end, DONE. */
  doc: number;
}

const DONE = 0xffffffff;

/** Sums of bounds are rounded otherwise than sums of scores; this much is more than any rounding. */
const SLACK = 1 + 1e-9;

/**
 * BM25 over an inverted index with Lucene 8's arithmetic: every step in float32, lengths in a byte, scores summed in
 * double. One index serves all instances; a search leaves nothing behind in it.
 *
 * A search goes through documents in their order (MaxScore): the terms that together cannot lift a document over the worst
 * hit so far are only looked up for documents that the other terms have. What is left out could not have been a hit, so
 * hits and their order are those of scoring everything.
 */
export class InvertedIndex {
  readonly #arrays: IndexArrays;
  readonly #norms: Float32Array;

  constructor(arrays: IndexArrays) {
    this.#arrays = arrays;
    this.#norms = lengthNorms(arrays.tokens, arrays.documents);
  }

  /** The best `limit` products of a query by descending score, ties by ascending asin, as numbers of the catalogue. */
  search(query: string, limit: number): number[] {
    const { cursors, seed } = this.#open(query);
    const hits = new TopHits(limit, limit <= SEED_RANK ? seed : 0);
    this.#collect(cursors, hits);
    return hits.ordered().map((doc) => this.#arrays.products[doc] ?? 0);
  }

  /** Cursors by ascending bound, and a score that the worst of SEED_RANK hits has at least. */
  #open(query: string): { cursors: Cursor[]; seed: number } {
    const { starts, postingDocs, documents, largest, seeds } = this.#arrays;
    const counts = new Map<number, number>();
    for (const token of analyze(query)) {
      const term = findTerm(this.#arrays, token);
      if (term !== -1) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    let seed = 0;
    const cursors = Array.from(counts, ([term, count], order): Cursor => {
      const [at, end] = [starts[term] ?? 0, starts[term + 1] ?? 0];
      const weight = termWeight(count, documents, end - at);
      seed = Math.max(seed, termScore(weight, seeds[term] ?? 0));
      return { order, weight, bound: termScore(weight, largest[term] ?? 0), at, end, doc: postingDocs[at] ?? DONE };
    });
    cursors.sort((a, b) => a.bound - b.bound);
    return { cursors, seed };
  }

  #collect(cursors: readonly Cursor[], hits: TopHits): void {
    /** The most that the cursors up to each one add together. */
    const reach = new Float64Array(cursors.length);
    let sum = 0;
    for (const [at, { bound }] of cursors.entries()) {
      sum += bound;
      reach[at] = sum * SLACK;
    }
    const scores = new Float64Array(cursors.length);
    /** Cursors before this one are looked up only: together they reach no hit. */
    let essential = 0;
    for (;;) {
      while (essential < cursors.length && !hits.admits(reach[essential] ?? 0)) essential++;
      let doc = DONE;
      for (let at = essential; at < cursors.length; at++) {
        const cursor = cursors[at];
        if (cursor !== undefined && cursor.doc < doc) doc = cursor.doc;
      }
      if (doc === DONE) return;
      this.#score(doc, cursors, essential, reach, scores, hits);
    }
  }

  #score(
    doc: number,
    cursors: readonly Cursor[],
    essential: number,
    reach: Float64Array,
    scores: Float64Array,
    hits: TopHits,
  ): void {
    const { postingDocs, postingCounts, lengths } = this.#arrays;
    const norm = this.#norms[lengths[doc] ?? 0] ?? 0;
    scores.fill(0);
    let partial = 0;
    for (let at = cursors.length - 1; at >= 0; at--) {
      const cursor = cursors[at];
      if (cursor === undefined) continue;
      if (at < essential) {
        if (!hits.admits(partial * SLACK + (reach[at] ?? 0))) return;
        if (cursor.doc < doc) advance(cursor, doc, postingDocs);
      }
      if (cursor.doc !== doc) continue;
      const score = termScore(cursor.weight, Math.fround((postingCounts[cursor.at] ?? 0) * norm));
      scores[cursor.order] = score;
      partial += score;
      if (at < essential) continue;
      cursor.at++;
      cursor.doc = cursor.at < cursor.end ? (postingDocs[cursor.at] ?? DONE) : DONE;
    }
    let total = 0;
    for (let order = 0; order < scores.length; order++) total += scores[order] ?? 0;
    hits.offer(doc, Math.fround(total));
  }
}

/** Moves a cursor to the first posting at or after a document: in leaps that double, then by halves. */
function advance(cursor: Cursor, doc: number, postingDocs: Uint32Array): void {
  let leap = 1;
  let low = cursor.at;
  let high = low + leap;
  while (high < cursor.end && (postingDocs[high] ?? DONE) < doc) {
    low = high;
    leap *= 2;
    high = low + leap;
  }
  high = Math.min(high, cursor.end);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((postingDocs[middle] ?? DONE) < doc) low = middle + 1;
    else high = middle;
  }
  cursor.at = low;
  cursor.doc = low < cursor.end ? (postingDocs[low] ?? DONE) : DONE;
}
