import { termScore } from "./bm25.ts";
import type { IndexArrays, QueryTerm } from "./index-arrays.ts";
import { TopHits } from "./top-hits.ts";

/** Scores every document that has a term of the query: what is fastest while there are few. */
export class ScoreAll {
  readonly #arrays: IndexArrays;
  /** Scores by document; 0 for all between two searches. */
  readonly #scores: Float64Array;
  readonly #touched: Uint32Array;

  constructor(arrays: IndexArrays) {
    this.#arrays = arrays;
    this.#scores = new Float64Array(arrays.products.length);
    this.#touched = new Uint32Array(arrays.products.length);
  }

  /** The hits of the terms, which are in the order of the query: so the sums are those of the original. */
  hits(terms: readonly QueryTerm[], limit: number): TopHits {
    const { postingDocs, postingImpacts } = this.#arrays;
    const [scores, touched] = [this.#scores, this.#touched];
    let count = 0;
    for (const { weight, from, to } of terms) {
      for (let at = from; at < to; at++) {
        const doc = postingDocs[at] ?? 0;
        const before = scores[doc] ?? 0;
        // Every term that occurs adds more than 0, so 0 says that the document is new.
        if (before === 0) touched[count++] = doc;
        scores[doc] = before + termScore(weight, postingImpacts[at] ?? 0);
      }
    }
    const hits = new TopHits(limit);
    for (let at = 0; at < count; at++) {
      const doc = touched[at] ?? 0;
      hits.offer(doc, Math.fround(scores[doc] ?? 0));
      scores[doc] = 0;
    }
    return hits;
  }
}
