import type { TermArrays } from "./terms.ts";

/** The arrays of an index. Documents stand in ascending order of their asin, so that the order breaks ties as the original does. */
export interface IndexArrays extends TermArrays {
  /** Documents with at least one token. */
  readonly documents: number;
  /** Where the postings of each term start; one more at the end. */
  readonly starts: Uint32Array;
  readonly postingDocs: Uint32Array;
  /** The impact of each posting: how often the document has the term, times the norm of its length. */
  readonly postingImpacts: Float32Array;
  /** Which product of the catalogue each document is. */
  readonly products: Uint32Array;
  /** The largest impact of each term, and its SEED_RANK-th largest (0 where it has fewer). */
  readonly largest: Float32Array;
  readonly seeds: Float32Array;
}

/** A term of a query. */
export interface QueryTerm {
  readonly weight: number;
  /** The most that it adds to any score. */
  readonly bound: number;
  /** Its postings. */
  readonly from: number;
  readonly to: number;
}
