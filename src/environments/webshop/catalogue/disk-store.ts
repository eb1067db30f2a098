import { closeSync, openSync, readSync } from "node:fs";
import { findAsin } from "./asin-table.ts";
import { type ColumnLists, type ProductColumns, productsWith } from "./columns.ts";
import type { Product } from "./product.ts";
import { type KeptProduct, productFromJson } from "./product-json.ts";
import type { ProductStore } from "./store.ts";

export interface StoreArrays extends ProductColumns {
  /** Where each product starts in the file of products; one more at the end. As floats: the file passes 4 GB. */
  readonly offsets: Float64Array;
  readonly asins: Uint32Array;
}

/** Products kept ready: what shoppers look at comes again, and reading one takes some ten microseconds. */
const MOST_READY = 4096;

/** Products that stay on disk and are read when one is shown: the texts alone of a full catalogue pass 4 GB. */
export class DiskStore implements ProductStore {
  readonly count: number;
  readonly columns: ProductColumns;
  readonly #offsets: Float64Array;
  readonly #asins: Uint32Array;
  readonly #lists: ColumnLists;
  readonly #file: number;
  /** In the order of their last use. */
  readonly #ready = new Map<number, KeptProduct>();
  #buffer = Buffer.alloc(65_536);

  constructor(path: string, { offsets, asins, ...columns }: StoreArrays, lists: ColumnLists) {
    this.count = offsets.length - 1;
    this.columns = columns;
    this.#offsets = offsets;
    this.#asins = asins;
    this.#lists = lists;
    this.#file = openSync(path, "r");
  }

  product(number: number): Product {
    return this.#kept(number).product;
  }

  nouns(number: number): readonly string[] {
    return this.#kept(number).nouns;
  }

  find(asin: string): number | undefined {
    return findAsin(this.#asins, asin, (number) => this.product(number).asin);
  }

  withCategory(category: string): number[] {
    return productsWith(this.columns.categoryOf, this.#lists.categories, category);
  }

  withQuery(query: string): number[] {
    return productsWith(this.columns.queryOf, this.#lists.queries, query);
  }

  close(): void {
    closeSync(this.#file);
  }

  #kept(number: number): KeptProduct {
    const known = this.#ready.get(number);
    if (known !== undefined) {
      this.#ready.delete(number);
      this.#ready.set(number, known);
      return known;
    }
    const kept = productFromJson(this.#read(number));
    this.#ready.set(number, kept);
    if (this.#ready.size > MOST_READY)
      for (const oldest of this.#ready.keys()) {
        this.#ready.delete(oldest);
        break;
      }
    return kept;
  }

  #read(number: number): string {
    const [from, to] = [this.#offsets[number], this.#offsets[number + 1]];
    if (from === undefined || to === undefined) throw new RangeError(`the catalogue has no product ${number}`);
    const length = to - from;
    if (length > this.#buffer.length) this.#buffer = Buffer.alloc(2 * length);
    for (let at = 0; at < length; ) {
      const read = readSync(this.#file, this.#buffer, at, length - at, from + at);
      if (read === 0) throw new Error("the file of products is cut short: build the catalogue again");
      at += read;
    }
    return this.#buffer.toString("utf8", 0, length);
  }
}
