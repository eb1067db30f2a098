import { countGoals } from "../goals/count-goals.ts";
import { growingFloat64, growingUint8, growingUint32 } from "../search/growing-array.ts";
import type { Product } from "./product.ts";

/** What is asked of all products at once, by product: small enough to stay in memory for a full catalogue. */
export interface ProductColumns {
  readonly priceLow: Float64Array;
  /** NaN for a single price. */
  readonly priceHigh: Float64Array;
  readonly humanGoals: Uint32Array;
  readonly syntheticGoals: Uint32Array;
  /** 1 where the product has a synthetic instruction. */
  readonly hasInstruction: Uint8Array;
  /** Numbers of the product's category and query in the lists of them. */
  readonly categoryOf: Uint32Array;
  readonly queryOf: Uint32Array;
}

export interface ColumnLists {
  readonly categories: readonly string[];
  readonly queries: readonly string[];
}

/** Gathers the columns while products pass by. */
export class ColumnsBuilder {
  readonly #priceLow = growingFloat64();
  readonly #priceHigh = growingFloat64();
  readonly #humanGoals = growingUint32();
  readonly #syntheticGoals = growingUint32();
  readonly #hasInstruction = growingUint8();
  readonly #categoryOf = growingUint32();
  readonly #queryOf = growingUint32();
  readonly #categories = new Map<string, number>();
  readonly #queries = new Map<string, number>();

  add(product: Product): void {
    const [low = 0, high = Number.NaN] = product.pricing;
    const { human, synthetic } = countGoals(product);
    this.#priceLow.push(low);
    this.#priceHigh.push(high);
    this.#humanGoals.push(human);
    this.#syntheticGoals.push(synthetic);
    this.#hasInstruction.push(product.instruction === null ? 0 : 1);
    this.#categoryOf.push(numberIn(this.#categories, product.category));
    this.#queryOf.push(numberIn(this.#queries, product.query));
  }

  build(): { columns: ProductColumns; lists: ColumnLists } {
    return {
      columns: {
        priceLow: this.#priceLow.finish(),
        priceHigh: this.#priceHigh.finish(),
        humanGoals: this.#humanGoals.finish(),
        syntheticGoals: this.#syntheticGoals.finish(),
        hasInstruction: this.#hasInstruction.finish(),
        categoryOf: this.#categoryOf.finish(),
        queryOf: this.#queryOf.finish(),
      },
      lists: { categories: [...this.#categories.keys()], queries: [...this.#queries.keys()] },
    };
  }
}

function numberIn(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}

/** The products whose column holds the number of a text. */
export function productsWith(column: Uint32Array, texts: readonly string[], wanted: string): number[] {
  const number = texts.indexOf(wanted);
  const found: number[] = [];
  if (number === -1) return found;
  for (let product = column.indexOf(number); product !== -1; product = column.indexOf(number, product + 1)) {
    found.push(product);
  }
  return found;
}
