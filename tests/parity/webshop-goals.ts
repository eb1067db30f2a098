import { createHash } from "node:crypto";
import { floatRepr } from "../../src/environments/bfcl/python/number-text.ts";
import type { Goal, GoalTable } from "../../src/environments/webshop/goals/goals.ts";

/** What a recorded goal says: the original's field names. */
export interface RecordedGoal {
  readonly asin: string;
  readonly category: string;
  readonly query: string;
  readonly name: string;
  readonly product_category: string;
  readonly instruction_text: string;
  readonly attributes: readonly string[];
  readonly price_upper: number;
  readonly goal_options: readonly string[] | Readonly<Record<string, string>>;
  readonly weight: number;
}

/** A goal with the original's field names, in its order. */
export function asRecorded(goal: Goal, weight: number): RecordedGoal {
  return {
    asin: goal.asin,
    category: goal.category,
    query: goal.query,
    name: goal.name,
    product_category: goal.productCategory,
    instruction_text: goal.instruction,
    attributes: goal.attributes,
    price_upper: goal.priceUpper,
    goal_options: goal.options instanceof Map ? Object.fromEntries(goal.options) : [...goal.options.values()],
    weight,
  };
}

/** A recorded goal as the engine has it. */
export function fromRecorded(goal: RecordedGoal, product: number): Goal {
  const { goal_options } = goal;
  return {
    product,
    asin: goal.asin,
    category: goal.category,
    query: goal.query,
    name: goal.name,
    productCategory: goal.product_category,
    instruction: goal.instruction_text,
    attributes: goal.attributes,
    priceUpper: goal.price_upper,
    options: Array.isArray(goal_options) ? goal_options : new Map(Object.entries(goal_options)),
  };
}

const NO_LIMIT = 1_000_000;

/** sha256 of Python's json.dumps of all goals, in their order. */
export function goalsSha256(goals: GoalTable): string {
  const texts = Array.from({ length: goals.length }, (_, place) =>
    goalJson(goals.at(place), goals.kind === "human" ? "1" : floatRepr(goals.weight(place))),
  );
  return sha256(`[${texts.join(", ")}]`);
}

/** sha256 of Python's json.dumps of the prices by asin. */
export function pricesSha256(prices: Float64Array, asinOf: (product: number) => string): string {
  return sha256(
    `{${Array.from(prices, (price, product) => `${quoted(asinOf(product))}: ${floatRepr(price)}`).join(", ")}}`,
  );
}

/** The weight of a human goal is an int. */
function goalJson(goal: Goal, weight: string): string {
  const list = (texts: Iterable<string>) => `[${Array.from(texts, quoted).join(", ")}]`;
  const { options } = goal;
  const fields: readonly (readonly [string, string])[] = [
    ["asin", quoted(goal.asin)],
    ["category", quoted(goal.category)],
    ["query", quoted(goal.query)],
    ["name", quoted(goal.name)],
    ["product_category", quoted(goal.productCategory)],
    ["instruction_text", quoted(goal.instruction)],
    ["attributes", list(goal.attributes)],
    // An int where no limit was drawn, a float otherwise.
    ["price_upper", goal.priceUpper === NO_LIMIT ? String(NO_LIMIT) : floatRepr(goal.priceUpper)],
    ["goal_options", options instanceof Map ? dictJson(options) : list(options.values())],
    ["weight", weight],
  ];
  return `{${fields.map(([name, json]) => `${quoted(name)}: ${json}`).join(", ")}}`;
}

function dictJson(options: ReadonlyMap<string, string>): string {
  return `{${Array.from(options, ([name, value]) => `${quoted(name)}: ${quoted(value)}`).join(", ")}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
