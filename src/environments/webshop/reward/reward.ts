import { repr } from "../../bfcl/python/repr.ts";
import { strip } from "../../bfcl/python/strings.ts";
import type { Product } from "../catalogue/product.ts";
import type { Goal } from "../goals/goals.ts";
import { exactColor, normalizeColor } from "./colors.ts";
import { isAlike } from "./fuzzy.ts";

/** Above this ratio two texts match. */
const MATCH = 85;

/** The reward's parts by the original's names; those of options are absent when the goal has none. */
export interface RewardInfo {
  r_type: number;
  r_att: number;
  w_att: number;
  query_match: boolean;
  category_match: boolean;
  title_score: number;
  r_option?: number;
  w_option?: number;
  r_price: boolean;
  w_price: number;
}

export interface Purchase {
  readonly product: Product;
  readonly nouns: readonly string[];
  readonly price: number;
  /** Chosen values by option name. */
  readonly options: ReadonlyMap<string, string>;
}

/** The original's reward of a purchase for a goal, in [0, 1]. `goalNouns` are those of the wanted product's name. */
export function rewardOf(
  purchase: Purchase,
  goal: Goal,
  goalNouns: readonly string[],
): { reward: number; info: RewardInfo } {
  const type = typeReward(purchase, goal, goalNouns);
  const attributes = attributeMatches(purchase.product, goal.attributes);
  const wanted = goalOptions(goal);
  const options = optionMatches(purchase.options, wanted);
  const price = purchase.price <= goal.priceUpper;
  const parts = goal.attributes.length + wanted.length + 1;
  const info: RewardInfo = {
    r_type: type.r_type,
    r_att: attributes / goal.attributes.length,
    w_att: goal.attributes.length / parts,
    query_match: type.query_match,
    category_match: type.category_match,
    title_score: type.title_score,
    ...(wanted.length > 0 && { r_option: options / wanted.length, w_option: wanted.length / parts }),
    r_price: price,
    w_price: 1 / parts,
  };
  return { reward: ((attributes + options + (price ? 1 : 0)) / parts) * type.r_type, info };
}

function typeReward({ product, nouns }: Purchase, goal: Goal, goalNouns: readonly string[]) {
  const query_match = product.query === goal.query;
  const shared = categories(product.productCategory).intersection(categories(goal.productCategory));
  const category_match = shared.size >= 2;
  const common = new Set(nouns).intersection(new Set(goalNouns)).size;
  const title_score = goalNouns.length === 0 ? 0.2 : common / goalNouns.length;
  let r_type = query_match || category_match || title_score > 0.2 ? 1 : 0.5;
  if (title_score < 0.1) r_type = 0.1;
  if (title_score === 0) r_type = 0;
  return { r_type, query_match, category_match, title_score };
}

function categories(path: string): Set<string> {
  return new Set(path.split("›").map((each) => strip(each, null, true, true)));
}

function attributeMatches(product: Product, wanted: readonly string[]): number {
  const texts = [product.title, product.bullets.join(" "), product.description].map((text) => text.toLowerCase());
  return wanted.filter(
    (attribute) =>
      texts.some((text) => text.includes(attribute)) ||
      product.attributes.some((own) => isAlike(own, attribute, MATCH)),
  ).length;
}

/**
 * The goal's options as they are compared. Synthetic goals hold pairs, which the original hands on as Python tuples: their
 * text has the option's name, quotes and escapes in it.
 */
function goalOptions(goal: Goal): string[] {
  const { options } = goal;
  if (!(options instanceof Map)) return Array.from(options.values(), normalizeColor);
  return Array.from<[string, string], string>(
    options,
    ([name, value]) => exactColor(name, value) ?? `(${repr(name)}, ${repr(value)})`,
  );
}

function optionMatches(chosen: ReadonlyMap<string, string>, wanted: readonly string[]): number {
  const own = Array.from(chosen.values(), normalizeColor);
  return wanted.filter((option) => own.some((value) => isAlike(value, option, MATCH))).length;
}
