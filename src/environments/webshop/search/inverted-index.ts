import { analyze } from "./analyzer.ts";
import { byteToLength } from "./small-float.ts";
import { TopHits } from "./top-hits.ts";

/** BM25's constants as pyserini's LuceneSearcher has them. */
const K1 = Math.fround(0.9);
const B = Math.fround(0.4);

/** The arrays of an index. Documents stand in ascending order of their asin, so that the order breaks ties as the original does. */
export interface IndexArrays {
  /** Documents with at least one token. */
  readonly documents: number;
  /** Tokens of all documents. */
  readonly tokens: number;
  readonly terms: readonly string[];
  /** Where the postings of each term start; one more at the end. */
  readonly starts: Uint32Array;
  readonly postingDocs: Uint32Array;
  readonly postingCounts: Uint16Array;
  /** Length of each document as SmallFloat's byte. */
  readonly lengths: Uint8Array;
  /** Which product of the catalogue each document is. */
  readonly products: Uint32Array;
}

/**
 * BM25 over an inverted index with Lucene 8's arithmetic: every step in float32, lengths in a byte, scores summed in
 * double. One index serves all instances; a search leaves nothing behind in it.
 */
export class InvertedIndex {
  readonly arrays: IndexArrays;
  readonly #termIds: ReadonlyMap<string, number>;
  /** 1 / (k1 * (1 - b + b * length / average)) by length byte. */
  readonly #norms = new Float32Array(256);
  readonly #scores: Float64Array;
  readonly #touched: Uint32Array;

  constructor(arrays: IndexArrays) {
    this.arrays = arrays;
    this.#termIds = new Map(arrays.terms.map((term, id) => [term, id]));
    this.#scores = new Float64Array(arrays.lengths.length);
    this.#touched = new Uint32Array(arrays.lengths.length);
    const average = Math.fround(arrays.tokens / arrays.documents);
    for (let byte = 0; byte < 256; byte++) {
      const relative = Math.fround(Math.fround(B * byteToLength(byte)) / average);
      this.#norms[byte] = 1 / Math.fround(K1 * Math.fround(Math.fround(1 - B) + relative));
    }
  }

  /** The best `limit` products of a query by descending score, ties by ascending asin, as numbers of the catalogue. */
  search(query: string, limit: number): number[] {
    const counts = new Map<number, number>();
    for (const token of analyze(query)) {
      const term = this.#termIds.get(token);
      if (term !== undefined) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    const touched = this.#score(counts);
    const hits = new TopHits(limit);
    for (let at = 0; at < touched; at++) {
      const doc = this.#touched[at] ?? 0;
      hits.offer(doc, Math.fround(this.#scores[doc] ?? 0));
      // Back to zero for the next search: clearing the whole array would cost a million writes a search.
      this.#scores[doc] = 0;
    }
    return hits.ordered().map((doc) => this.arrays.products[doc] ?? 0);
  }

  #score(counts: ReadonlyMap<number, number>): number {
    const { starts, postingDocs, postingCounts, lengths, documents } = this.arrays;
    let touched = 0;
    for (const [term, count] of counts) {
      const from = starts[term] ?? 0;
      const to = starts[term + 1] ?? 0;
      const frequency = to - from;
      const idf = Math.fround(Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5)));
      const weight = Math.fround(count * idf);
      for (let at = from; at < to; at++) {
        const doc = postingDocs[at] ?? 0;
        const norm = this.#norms[lengths[doc] ?? 0] ?? 0;
        const divisor = Math.fround(1 + Math.fround((postingCounts[at] ?? 0) * norm));
        const score = Math.fround(weight - Math.fround(weight / divisor));
        // Every term that occurs scores above 0, so 0 says that the document is new to this search.
        const before = this.#scores[doc] ?? 0;
        if (before === 0) this.#touched[touched++] = doc;
        this.#scores[doc] = before + score;
      }
    }
    return touched;
  }
}
