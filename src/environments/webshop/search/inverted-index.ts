import { LRUCache } from "lru-cache";
import { analyze } from "./analyzer.ts";
import { termScore, termWeight } from "./bm25.ts";
import { Candidates, leapTo } from "./candidates.ts";
import type { IndexArrays, QueryTerm } from "./index-arrays.ts";
import { ScoreAll } from "./score-all.ts";
import { SEED_RANK } from "./seed-impact.ts";
import { findTerm } from "./terms.ts";
import { TopHits } from "./top-hits.ts";

/** Sums of bounds are rounded otherwise than sums of scores; this much is more than any rounding. */
const SLACK = 1 + 1e-9;

/** Up to so many postings it costs less to score everything than to find out what need not be. */
const FEW_POSTINGS = 20_000;

/** Terms of queries whose numbers are kept: queries repeat their words. */
const MOST_REMEMBERED = 50_000;

/** Searches whose hits are kept: pages of one search ask for it again, and so does a group that plays one task. */
const MOST_RECENT = 512;

/**
 * BM25 over an inverted index with Lucene 8's arithmetic: every step in float32, lengths in a byte, scores summed in
 * double. One index serves all instances.
 *
 * A search adds up the terms that can lift a document among the hits, the strongest first, and stops where the rest together
 * reach no more than the worst hit has already (MaxScore). The rest is looked up for what is left, and what can still be a hit is scored in the
 * original's order. What is left out could not have been one, so hits and their order are those of scoring everything.
 */
export class InvertedIndex {
  readonly #arrays: IndexArrays;
  readonly #candidates: Candidates;
  readonly #scoreAll: ScoreAll;
  readonly #fewPostings: number;
  readonly #termIds = new Map<string, number>();
  readonly #recent = new LRUCache<string, readonly number[]>({ max: MOST_RECENT });

  /** `fewPostings` is for tests, which hold both ways of a search to each other. */
  constructor(arrays: IndexArrays, fewPostings = FEW_POSTINGS) {
    this.#arrays = arrays;
    this.#candidates = new Candidates(arrays);
    this.#scoreAll = new ScoreAll(arrays);
    this.#fewPostings = fewPostings;
  }

  /** The best `limit` products of a query by descending score, ties by ascending asin, as numbers of the catalogue. */
  search(query: string, limit: number): readonly number[] {
    const key = `${limit} ${query}`;
    const found = this.#recent.get(key) ?? this.#find(query, limit);
    this.#recent.set(key, found);
    return found;
  }

  #find(query: string, limit: number): number[] {
    const { terms, seed } = this.#terms(query);
    const postings = terms.reduce((sum, { from, to }) => sum + to - from, 0);
    const hits =
      postings <= this.#fewPostings ? this.#scoreAll.hits(terms, limit) : this.#scoreSome(terms, seed, limit);
    return hits.ordered().map((doc) => this.#arrays.products[doc] ?? 0);
  }

  /** Scores what can be a hit. */
  #scoreSome(terms: readonly QueryTerm[], seed: number, limit: number): TopHits {
    const strongest = terms.toSorted((a, b) => b.bound - a.bound);
    /** The most that the terms from each one on add together. */
    const reach = new Float64Array(terms.length + 1);
    for (let at = terms.length - 1; at >= 0; at--) {
      reach[at] = (reach[at + 1] ?? 0) + (strongest[at]?.bound ?? 0) * SLACK;
    }
    const candidates = this.#candidates;
    candidates.start(limit, limit <= SEED_RANK ? seed : 0);
    let added = 0;
    for (const [at, term] of strongest.entries()) {
      if (!candidates.admits(reach[at] ?? 0)) break;
      candidates.add(term);
      added++;
      // The worst hit has no more than what was added, so looking for it before that passes the rest is of no use.
      if ((reach[0] ?? 0) - (reach[added] ?? 0) > (reach[added] ?? 0)) candidates.raise();
    }
    candidates.keep(reach[added] ?? 0);
    for (let at = added; at < strongest.length; at++) {
      const term = strongest[at];
      if (term !== undefined) candidates.lookUp(term, reach[at + 1] ?? 0);
    }
    const hits = new TopHits(limit);
    const kept = candidates.finish();
    for (let at = 0; at < kept.length; at++) {
      const doc = kept[at] ?? 0;
      hits.offer(doc, this.#score(doc, terms));
    }
    return hits;
  }

  /** The terms of a query in its order, and a score that the worst of SEED_RANK hits has at least. */
  #terms(query: string): { terms: QueryTerm[]; seed: number } {
    const { starts, documents, largest, seeds } = this.#arrays;
    const counts = new Map<number, number>();
    for (const token of analyze(query)) {
      const term = this.#termId(token);
      if (term !== -1) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    let seed = 0;
    const terms = Array.from(counts, ([term, count]): QueryTerm => {
      const [from, to] = [starts[term] ?? 0, starts[term + 1] ?? 0];
      const weight = termWeight(count, documents, to - from);
      seed = Math.max(seed, termScore(weight, seeds[term] ?? 0));
      return { weight, bound: termScore(weight, largest[term] ?? 0), from, to };
    });
    return { terms, seed };
  }

  #termId(token: string): number {
    const known = this.#termIds.get(token);
    if (known !== undefined) return known;
    const term = findTerm(this.#arrays, token);
    if (this.#termIds.size >= MOST_REMEMBERED) this.#termIds.clear();
    this.#termIds.set(token, term);
    return term;
  }

  /** The score of a document as the original sums it: its terms in the order of the query. */
  #score(doc: number, terms: readonly QueryTerm[]): number {
    const { postingDocs, postingImpacts } = this.#arrays;
    let total = 0;
    for (const { weight, from, to } of terms) {
      const at = leapTo(postingDocs, from, to, doc);
      if (at === to || postingDocs[at] !== doc) continue;
      total += termScore(weight, postingImpacts[at] ?? 0);
    }
    return Math.fround(total);
  }
}
