import { analyze } from "./analyzer.ts";
import { lengthNorms } from "./bm25.ts";
import { growingUint8, growingUint16, growingUint32 } from "./growing-array.ts";
import type { IndexArrays } from "./index-arrays.ts";
import { SEED_RANK, seedImpact } from "./seed-impact.ts";
import { lengthToByte } from "./small-float.ts";
import { packTerms } from "./terms.ts";

/** Builds an index in one pass over the products of a catalogue, in their order. */
export class IndexBuilder {
  readonly #termIds = new Map<string, number>();
  readonly #termPostings = growingUint32();
  /** Postings by product: those of product p end at ends[p]. */
  readonly #logTerms = growingUint32();
  readonly #logCounts = growingUint16();
  readonly #ends = growingUint32();
  readonly #lengths = growingUint8();
  readonly #asins: string[] = [];
  #tokens = 0;
  #documents = 0;

  add(asin: string, text: string): void {
    const counts = new Map<number, number>();
    const tokens = analyze(text);
    for (const token of tokens) {
      const id = this.#idOf(token);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [term, count] of counts) {
      this.#logTerms.push(term);
      this.#logCounts.push(Math.min(count, 0xffff));
      this.#termPostings.set(term, this.#termPostings.get(term) + 1);
    }
    this.#ends.push(this.#logTerms.length);
    this.#lengths.push(lengthToByte(tokens.length));
    this.#asins.push(asin);
    this.#tokens += tokens.length;
    if (tokens.length > 0) this.#documents++;
  }

  build(): IndexArrays {
    const products = Uint32Array.from(this.#asins.keys());
    // Order of UTF-16 units, as Java compares strings; asins are ASCII in every catalogue known.
    products.sort((a, b) => ((this.#asins[a] ?? "") < (this.#asins[b] ?? "") ? -1 : 1));
    const { order, terms } = this.#sortedTerms();
    /** Where a term stands in the sorted list. */
    const ranks = new Uint32Array(order.length);
    const starts = new Uint32Array(order.length + 1);
    for (const [rank, term] of order.entries()) {
      ranks[term] = rank;
      starts[rank + 1] = (starts[rank] ?? 0) + this.#termPostings.get(term);
    }
    const next = starts.slice();
    const postingDocs = new Uint32Array(this.#logTerms.length);
    const postingImpacts = new Float32Array(this.#logTerms.length);
    const norms = lengthNorms(this.#tokens, this.#documents);
    for (const [doc, product] of products.entries()) {
      const from = product === 0 ? 0 : this.#ends.get(product - 1);
      const norm = norms[this.#lengths.get(product)] ?? 0;
      for (let at = from; at < this.#ends.get(product); at++) {
        const rank = ranks[this.#logTerms.get(at)] ?? 0;
        const to = next[rank] ?? 0;
        postingDocs[to] = doc;
        postingImpacts[to] = this.#logCounts.get(at) * norm;
        next[rank] = to + 1;
      }
    }
    return {
      documents: this.#documents,
      ...terms,
      starts,
      postingDocs,
      postingImpacts,
      products,
      ...boundsOf(starts, postingImpacts),
    };
  }

  #sortedTerms() {
    const encoder = new TextEncoder();
    const encoded = Array.from(this.#termIds.keys(), (term) => encoder.encode(term));
    const order = Uint32Array.from(encoded.keys());
    order.sort((a, b) => Buffer.compare(encoded[a] ?? Buffer.of(), encoded[b] ?? Buffer.of()));
    return { order, terms: packTerms(Array.from(order, (id) => encoded[id] ?? new Uint8Array())) };
  }

  #idOf(token: string): number {
    const known = this.#termIds.get(token);
    if (known !== undefined) return known;
    const id = this.#termIds.size;
    this.#termIds.set(token, id);
    this.#termPostings.push(0);
    return id;
  }
}

/** The impacts by which a search leaves out what cannot be among its hits. */
function boundsOf(starts: Uint32Array, postingImpacts: Float32Array) {
  const terms = starts.length - 1;
  const largest = new Float32Array(terms);
  const seeds = new Float32Array(terms);
  for (let term = 0; term < terms; term++) {
    const impacts = postingImpacts.subarray(starts[term], starts[term + 1]);
    for (let at = 0; at < impacts.length; at++) {
      largest[term] = Math.max(largest[term] ?? 0, impacts[at] ?? 0);
    }
    if (impacts.length >= SEED_RANK) seeds[term] = seedImpact(impacts);
  }
  return { largest, seeds };
}
