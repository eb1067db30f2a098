import { searchText } from "../../src/environments/webshop/catalogue/product.ts";
import type { Shop } from "../../src/environments/webshop/engine/shop.ts";
import { Draws } from "../../src/environments/webshop/goals/draws.ts";
import { GoalTable } from "../../src/environments/webshop/goals/goals.ts";
import { tokenSetRatio } from "../../src/environments/webshop/reward/fuzzy.ts";
import { rewardOf } from "../../src/environments/webshop/reward/reward.ts";
import { analyze } from "../../src/environments/webshop/search/analyzer.ts";
import { asRecorded, fromRecorded, type RecordedGoal } from "./webshop-goals.ts";
import type { Tally } from "./webshop-tally.ts";

const SHUFFLE_SEED = 233;
const SEARCH_LIMIT = 50;

export interface AnalyzerRecord {
  readonly id: string;
  readonly text: string;
  readonly tokens: readonly string[];
}

/** The tokens of documents; where the document is a product's, its text is ours too. */
export function compareAnalyzer(records: readonly AnalyzerRecord[], shop: Shop | null, tally: Tally): void {
  for (const { id, text, tokens } of records) {
    const number = shop?.store.find(id);
    const ours = shop && number !== undefined ? searchText(shop.store.product(number)) : text;
    tally.all(id, [
      ["text", text, ours],
      ["tokens", tokens, analyze(text)],
    ]);
  }
}

export interface SearchRecord {
  readonly query: string;
  readonly tokens: readonly string[];
  readonly docids: readonly string[];
}

export function compareSearch(records: readonly SearchRecord[], { store, index }: Shop, tally: Tally): void {
  for (const { query, tokens, docids } of records) {
    const found = index.search(query, SEARCH_LIMIT).map((product) => store.product(product).asin);
    tally.all(query, [
      ["tokens", tokens, analyze(query)],
      ["ranking", docids, found],
    ]);
  }
}

export interface FuzzRecord {
  readonly a: string;
  readonly b: string;
  readonly token_set_ratio: number;
}

export function compareFuzz(records: readonly FuzzRecord[], tally: Tally): void {
  for (const { a, b, token_set_ratio } of records) tally.same(`${a} / ${b}`, token_set_ratio, tokenSetRatio(a, b));
}

export interface RewardRecord {
  readonly asin: string;
  readonly goal: RecordedGoal;
  readonly options: Readonly<Record<string, string>>;
  readonly price: number;
  readonly reward: number;
  readonly parts: object;
}

export function compareRewards(records: readonly RewardRecord[], { store }: Shop, tally: Tally): void {
  for (const { asin, goal, options, price, reward, parts } of records) {
    const number = store.find(asin) ?? -1;
    const wanted = store.find(goal.asin) ?? -1;
    const purchase = {
      product: store.product(number),
      nouns: store.nouns(number),
      price,
      options: new Map(Object.entries(options)),
    };
    const ours = rewardOf(purchase, fromRecorded(goal, wanted), store.nouns(wanted));
    tally.all(`${asin} for ${goal.asin}`, [
      ["reward", reward, ours.reward],
      ["parts", parts, ours.info],
    ]);
  }
}

export interface GoalsRecord {
  readonly seed_before_load: number;
  readonly prices: Readonly<Record<string, number>>;
  readonly goals: readonly RecordedGoal[];
  readonly after: readonly number[];
}

/** Every price and goal in their order, and two draws after them. */
export function compareGoals(record: GoalsRecord, human: boolean, { store }: Shop, tally: Tally): void {
  const draws = new Draws(record.seed_before_load);
  const goals = new GoalTable(store, human ? "human" : "synthetic", draws);
  draws.seed(SHUFFLE_SEED);
  draws.shuffle(goals.order);
  const prices = Object.entries(record.prices);
  tally.same("number of prices", prices.length, store.count);
  for (const [asin, price] of prices) tally.same(`price of ${asin}`, price, goals.prices[store.find(asin) ?? -1]);
  tally.same("number of goals", record.goals.length, goals.length);
  for (const [place, goal] of record.goals.entries()) {
    tally.same(`goal ${place}`, goal, place < goals.length ? asRecorded(goals.at(place), goals.weight(place)) : null);
  }
  // The second one is getrandbits(32), which is the first draw below 2 ** 32 - 1 unless that drew its bound.
  tally.same("draws after it", record.after, [draws.random(), draws.below(0xffffffff)]);
}

export interface PosRecord {
  readonly text: string;
  readonly tokens: readonly (readonly [text: string, tag: string, pos: string])[];
}

/** The nouns of titles, in order, from what tags them for a catalogue. */
export async function compareNouns(
  records: readonly PosRecord[],
  tagger: (texts: readonly string[]) => Promise<readonly (readonly string[])[]>,
  tally: Tally,
): Promise<void> {
  const nouns = await tagger(records.map(({ text }) => text));
  for (const [at, { text, tokens }] of records.entries()) {
    const recorded = tokens
      .filter(([, , pos]) => pos === "NOUN" || pos === "PROPN")
      .map(([token]) => token.toLowerCase());
    tally.same(text, recorded, nouns[at]);
  }
}
