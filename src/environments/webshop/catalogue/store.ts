import { countGoals } from "../goals/goals.ts";
import type { Product } from "./product.ts";

/** What goals are drawn from, by product: small enough to stay in memory for a full catalogue. */
export interface GoalColumns {
  readonly priceLow: Float64Array;
  /** NaN for a single price. */
  readonly priceHigh: Float64Array;
  readonly humanGoals: Uint32Array;
  readonly syntheticGoals: Uint32Array;
  /** 1 where the product has a synthetic instruction. */
  readonly hasInstruction: Uint8Array;
}

/** The products of a catalogue by number, in the order of its file. */
export interface ProductStore {
  readonly count: number;
  readonly columns: GoalColumns;
  product(number: number): Product;
  /** The nouns of a product's name, lower-cased, repetitions kept. */
  nouns(number: number): readonly string[];
  /** The number of an asin, or undefined. */
  find(asin: string): number | undefined;
}

/** Gathers the columns while products pass by. */
export class ColumnsBuilder {
  readonly #rows: { low: number; high: number; human: number; synthetic: number; instructed: boolean }[] = [];

  add(product: Product): void {
    const [low = 0, high = Number.NaN] = product.pricing;
    this.#rows.push({ low, high, ...countGoals(product), instructed: product.instruction !== null });
  }

  build(): GoalColumns {
    return {
      priceLow: Float64Array.from(this.#rows, ({ low }) => low),
      priceHigh: Float64Array.from(this.#rows, ({ high }) => high),
      humanGoals: Uint32Array.from(this.#rows, ({ human }) => human),
      syntheticGoals: Uint32Array.from(this.#rows, ({ synthetic }) => synthetic),
      hasInstruction: Uint8Array.from(this.#rows, ({ instructed }) => (instructed ? 1 : 0)),
    };
  }
}

/** All products in memory: for catalogues of some thousands. */
export class MemoryStore implements ProductStore {
  readonly count: number;
  readonly columns: GoalColumns;
  readonly #products: readonly Product[];
  readonly #nouns: readonly (readonly string[])[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(products: readonly Product[], nouns: readonly (readonly string[])[]) {
    const columns = new ColumnsBuilder();
    for (const product of products) columns.add(product);
    this.columns = columns.build();
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
}
