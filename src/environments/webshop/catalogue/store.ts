import { type ColumnLists, ColumnsBuilder, type ProductColumns, productsWith } from "./columns.ts";
import type { Product } from "./product.ts";

/** The products of a catalogue by number, in the order of its file. */
export interface ProductStore {
  readonly count: number;
  readonly columns: ProductColumns;
  product(number: number): Product;
  /** The nouns of a product's name, lower-cased, repetitions kept. */
  nouns(number: number): readonly string[];
  /** The number of an asin, or undefined. */
  find(asin: string): number | undefined;
  withCategory(category: string): number[];
  withQuery(query: string): number[];
}

/** All products in memory: for catalogues of some thousands. */
export class MemoryStore implements ProductStore {
  readonly count: number;
  readonly columns: ProductColumns;
  readonly #lists: ColumnLists;
  readonly #products: readonly Product[];
  readonly #nouns: readonly (readonly string[])[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(products: readonly Product[], nouns: readonly (readonly string[])[]) {
    const builder = new ColumnsBuilder();
    for (const product of products) builder.add(product);
    const { columns, lists } = builder.build();
    this.columns = columns;
    this.#lists = lists;
    this.count = products.length;
    this.#products = products;
    this.#nouns = nouns;
    this.#numbers = new Map(products.map(({ asin }, number) => [asin, number]));
  }

  product(number: number): Product {
    const product = this.#products[number];
    if (product === undefined) throw new RangeError(`the catalogue has no product ${number}`);
    return product;
  }

  nouns(number: number): readonly string[] {
    return this.#nouns[number] ?? [];
  }

  find(asin: string): number | undefined {
    return this.#numbers.get(asin);
  }

  withCategory(category: string): number[] {
    return productsWith(this.columns.categoryOf, this.#lists.categories, category);
  }

  withQuery(query: string): number[] {
    return productsWith(this.columns.queryOf, this.#lists.queries, query);
  }
}
