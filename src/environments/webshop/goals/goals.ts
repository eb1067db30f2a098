import { compareStr, strip } from "../../bfcl/python/strings.ts";
import type { ProductColumns } from "../catalogue/columns.ts";
import type { Product } from "../catalogue/product.ts";
import type { ProductStore } from "../catalogue/store.ts";
import { eligible } from "./count-goals.ts";
import type { Draws } from "./draws.ts";

/** What to buy. Human goals list option values, synthetic ones name them. */
export interface Goal {
  readonly product: number;
  readonly asin: string;
  readonly category: string;
  readonly query: string;
  readonly name: string;
  readonly productCategory: string;
  readonly instruction: string;
  readonly attributes: readonly string[];
  readonly priceUpper: number;
  readonly options: readonly string[] | ReadonlyMap<string, string>;
}

export type GoalKind = "human" | "synthetic";

/** A goal without a price limit has this one. */
const NO_LIMIT = 1_000_000;
/** Limits are 10, 20, ... 990. */
const LIMIT_STEP = 10;
const LIMITS = 99;
/** One of the first four limits above the price is drawn. */
const NEAREST = 4;

/**
 * The goals of a catalogue with the prices that belong to them: a full catalogue has millions, so they are numbers here
 * and become texts when one is asked for.
 */
export class GoalTable {
  readonly kind: GoalKind;
  readonly prices: Float64Array;
  /** Goal numbers in the order in which they are dealt. */
  order: Uint32Array;
  readonly #store: ProductStore;
  readonly #products: Uint32Array;
  /** Which combination of options, or which person's instruction. */
  readonly #variants: Uint32Array;
  readonly #limits: Float64Array;
  /** Made when one is asked for: it reads every product that has a goal. */
  #weights: Float64Array | null = null;

  /**
   * Draws prices and goals from a stream in the original's order: a price of each product with a range, then a limit of
   * each product (synthetic) or instruction (human), in the order of the catalogue. `limitSeed` sets the stream between the
   * two, as AgentGym's copy of the original does.
   */
  constructor(store: ProductStore, kind: GoalKind, draws: Draws, limitSeed: number | null = null) {
    this.kind = kind;
    this.#store = store;
    const { columns } = store;
    this.prices = drawPrices(columns, draws);
    if (limitSeed !== null) draws.seed(limitSeed);
    const perProduct = kind === "human" ? columns.humanGoals : columns.syntheticGoals;
    const total = perProduct.reduce((sum, count) => sum + count, 0);
    this.order = Uint32Array.from({ length: total }, (_, at) => at);
    this.#products = new Uint32Array(total);
    this.#variants = new Uint32Array(total);
    this.#limits = new Float64Array(total);
    let at = 0;
    for (const [product, count] of perProduct.entries()) {
      // A synthetic product draws its limit even when no combination of its options exists.
      if (kind === "synthetic" && columns.hasInstruction[product] !== 1) continue;
      let limit = kind === "synthetic" ? this.#drawLimit(product, draws) : NO_LIMIT;
      for (let variant = 0; variant < count; variant++, at++) {
        if (kind === "human") limit = this.#drawLimit(product, draws);
        this.#products[at] = product;
        this.#variants[at] = variant;
        this.#limits[at] = limit;
      }
    }
  }

  get length(): number {
    return this.order.length;
  }

  /** The goal at a place of the order. */
  at(place: number): Goal {
    const goal = this.order[place] ?? 0;
    const number = this.#products[goal] ?? 0;
    const product = this.#store.product(number);
    const limit = this.#limits[goal] ?? NO_LIMIT;
    const limitText = limit === NO_LIMIT ? "" : `, and price lower than ${limit.toFixed(2)} dollars`;
    const common = {
      product: number,
      asin: product.asin,
      category: product.category,
      query: product.query,
      name: product.title,
      productCategory: product.productCategory,
      priceUpper: limit,
    };
    const variant = this.#variants[goal] ?? 0;
    if (this.kind === "human") {
      const human = eligible(product)[variant];
      if (human === undefined) throw new Error(`product ${product.asin} has no human instruction ${variant}`);
      return {
        ...common,
        instruction: strip(human.instruction, ".", true, true) + limitText,
        attributes: human.attributes,
        options: human.options,
      };
    }
    const options = combination(product, variant);
    const optionText = Array.from(options, ([name, value]) => `${name}: ${value}`).join(", and ");
    return {
      ...common,
      instruction: `${product.instruction ?? ""}${optionText && ` with ${optionText}`}${limitText}`,
      attributes: product.instructionAttributes,
      options,
    };
  }

  product(place: number): number {
    return this.#products[this.order[place] ?? 0] ?? 0;
  }

  /** How often the goal at a place is drawn, beside the others, by a reset that names none. */
  weight(place: number): number {
    this.#weights ??= this.#weigh();
    return this.#weights[this.order[place] ?? 0] ?? 0;
  }

  /** How many options the goal at a place asks for. */
  optionCount(place: number): number {
    const goal = this.order[place] ?? 0;
    const product = this.#store.product(this.#products[goal] ?? 0);
    if (this.kind === "synthetic") return product.options.size;
    return eligible(product)[this.#variants[goal] ?? 0]?.options.length ?? 0;
  }

  #drawLimit(product: number, draws: Draws): number {
    const price = this.prices[product] ?? 0;
    let first = 1;
    while (first <= LIMITS && first * LIMIT_STEP <= price) first++;
    const above = Math.min(NEAREST, LIMITS - first + 1);
    if (above < 2) return NO_LIMIT;
    const drawn = draws.sample(above, 2);
    return (first + Math.max(...drawn)) * LIMIT_STEP;
  }

  /** A goal weighs as much as its attributes are rare: the mean of 1 / (goals that have the attribute). */
  #weigh(): Float64Array {
    const weights = new Float64Array(this.#products.length).fill(1);
    if (this.kind === "human") return weights;
    const counts = new Map<string, number>();
    const attributesOf = (product: number) => this.#store.product(product).instructionAttributes;
    for (const [product, count] of this.#store.columns.syntheticGoals.entries()) {
      if (count === 0) continue;
      for (const name of attributesOf(product)) counts.set(name, (counts.get(name) ?? 0) + count);
    }
    let last = -1;
    let weight = 0;
    for (const [at, product] of this.#products.entries()) {
      if (product !== last) {
        const attributes = attributesOf(product);
        weight = attributes.reduce((sum, name) => sum + 1 / (counts.get(name) ?? 1), 0) / attributes.length;
        last = product;
      }
      weights[at] = weight;
    }
    return weights;
  }
}

/** Combination `variant` of the options by name, the last name turning fastest. */
function combination(product: Product, variant: number): Map<string, string> {
  const names = [...product.options.keys()].sort(compareStr);
  const chosen: [string, string][] = [];
  let rest = variant;
  for (const name of names.toReversed()) {
    const values = product.options.get(name) ?? [];
    chosen.push([name, values[rest % values.length] ?? ""]);
    rest = Math.floor(rest / values.length);
  }
  return new Map(chosen.reverse());
}

function drawPrices({ priceLow, priceHigh }: ProductColumns, draws: Draws): Float64Array {
  return priceLow.map((low, product) => {
    const high = priceHigh[product] ?? Number.NaN;
    return Number.isNaN(high) ? low : draws.uniform(low, high);
  });
}
