import { analyze } from "./analyzer.ts";
import { GrowingUint16, GrowingUint32 } from "./growing-array.ts";
import type { IndexArrays } from "./inverted-index.ts";
import { lengthToByte } from "./small-float.ts";

/** Builds an index in one pass over the products of a catalogue, in their order. */
export class IndexBuilder {
  readonly #termIds = new Map<string, number>();
  readonly #terms: string[] = [];
  readonly #termPostings = new GrowingUint32();
  /** Postings by product: those of product p end at ends[p]. */
  readonly #logTerms = new GrowingUint32();
  readonly #logCounts = new GrowingUint16();
  readonly #ends = new GrowingUint32();
  readonly #lengths: number[] = [];
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
    const starts = new Uint32Array(this.#terms.length + 1);
    for (let term = 0; term < this.#terms.length; term++) {
      starts[term + 1] = (starts[term] ?? 0) + this.#termPostings.get(term);
    }
    const next = starts.slice();
    const postingDocs = new Uint32Array(this.#logTerms.length);
    const postingCounts = new Uint16Array(this.#logTerms.length);
    for (const [doc, product] of products.entries()) {
      const from = product === 0 ? 0 : this.#ends.get(product - 1);
      for (let at = from; at < this.#ends.get(product); at++) {
        const term = this.#logTerms.get(at);
        const to = next[term] ?? 0;
        postingDocs[to] = doc;
        postingCounts[to] = this.#logCounts.get(at);
        next[term] = to + 1;
      }
    }
    return {
      documents: this.#documents,
      tokens: this.#tokens,
      terms: this.#terms,
      starts,
      postingDocs,
      postingCounts,
      lengths: Uint8Array.from(products, (product) => this.#lengths[product] ?? 0),
      products,
    };
  }

  #idOf(token: string): number {
    const known = this.#termIds.get(token);
    if (known !== undefined) return known;
    const id = this.#terms.length;
    this.#termIds.set(token, id);
    this.#terms.push(token);
    this.#termPostings.push(0);
    return id;
  }
}
