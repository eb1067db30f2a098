import { Draws } from "../goals/draws.ts";
import { BRANDS, DEPARTMENTS, type Department } from "./vocabulary.ts";

const LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ";
const ASIN_LETTERS = 8;

/** A row of items_shuffle*.json. */
export interface GeneratedItem {
  readonly asin: string;
  readonly name: string;
  readonly full_description: string;
  readonly small_description: readonly string[];
  readonly pricing: string;
  readonly images: readonly string[];
  readonly product_category: string;
  readonly category: string;
  readonly query: string;
  readonly customization_options: Readonly<Record<string, readonly { readonly value: string }[]>> | "";
}

/** A product in the original's formats, and the nouns of its name, which the grammar of the names tells. */
export interface GeneratedProduct {
  readonly item: GeneratedItem;
  readonly notes: {
    readonly attributes: readonly string[];
    readonly instruction: string;
    readonly instruction_attributes: readonly string[];
  };
  readonly human: readonly {
    readonly asin: string;
    readonly instruction: string;
    readonly attributes: readonly string[];
    readonly instruction_attributes: readonly string[];
    readonly instruction_options: readonly string[];
  }[];
  readonly nouns: readonly string[];
}

const WANTS = ["i am looking for", "i need", "please find me", "i would like to buy"] as const;
const NAME_SHARE = 0.75;
const RANGE_SHARE = 0.1;
const HUMAN_GOALS = 2;

/** Products in the original's formats, the same for a seed on every machine. They come one by one: a million is a lot. */
export function* generateProducts(count: number, seed: number): Generator<GeneratedProduct> {
  const draws = new Draws(seed);
  const asins = new Set<string>();
  for (let made = 0; made < count; made++) yield generate(draws, asins);
}

function generate(draws: Draws, asins: Set<string>): GeneratedProduct {
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[]): T => from[draws.below(from.length)] as T;
  const some = <T>(from: readonly T[], wanted: number): T[] =>
    draws.sample(from.length, wanted).map((at) => from[at] as T);
  const asin = newAsin(draws, asins);
  const department: Department = pick(DEPARTMENTS);
  const kind = pick(department.kinds);
  const [brand, quality, material, use] = [
    pick(BRANDS),
    pick(department.qualities),
    pick(department.materials),
    pick(kind.uses),
  ];
  // A model number keeps names apart; it holds a digit, and is no noun of the grammar.
  const model = `${pick(Array.from(LETTERS.slice(10)))}${draws.below(90) + 10}`;
  const name = `${brand} ${model} ${quality} ${material} ${kind.noun} for ${use}`;
  const nouns = [brand, material, ...kind.noun.split(" "), use].map((word) => word.toLowerCase());
  const attributes = some(department.attributes, draws.below(3) + 3);
  const wanted = attributes.slice(0, draws.below(2) + 1);
  const optionNames = draws.random() < NAME_SHARE ? some(Object.keys(department.options), draws.below(2) + 1) : [];
  const options = Object.fromEntries(
    optionNames.map((each) => {
      const values = department.options[each] ?? [];
      return [each, some(values, draws.below(values.length - 1) + 2).map((value) => ({ value }))];
    }),
  );
  const thing = kind.noun.toLowerCase();
  return {
    item: {
      asin,
      name,
      full_description: `The ${brand} ${thing} is made of ${material.toLowerCase()} for ${use.toLowerCase()}. It is ${attributes.join(", ")}.`,
      small_description: attributes.map(
        (each) => `${capital(each)}: made so that the ${thing} stays ${quality.toLowerCase()}.`,
      ),
      pricing: pricing(draws, department),
      images: [`https://shop.invalid/${asin}.jpg`],
      product_category: [...department.tree, kind.leaf].join(" › "),
      category: department.category,
      query: kind.query,
      customization_options: optionNames.length === 0 ? "" : options,
    },
    notes: {
      attributes,
      instruction: `Find me ${wanted.join(", ")} ${kind.query} made of ${material.toLowerCase()}`,
      instruction_attributes: wanted,
    },
    human: Array.from({ length: HUMAN_GOALS }, () => {
      const asked = some(attributes, draws.below(2) + 1);
      const chosen = Object.values(options).map((values) => pick(values).value);
      const with_ = chosen.length === 0 ? "" : `, in ${chosen.join(" and ")}`;
      const instruction = `${pick(WANTS)} a ${quality.toLowerCase()} ${material.toLowerCase()} ${thing} for ${use.toLowerCase()} that is ${asked.join(" and ")}${with_}.`;
      return { asin, instruction, attributes, instruction_attributes: asked, instruction_options: chosen };
    }),
    nouns,
  };
}

function newAsin(draws: Draws, asins: Set<string>): string {
  for (;;) {
    const asin = `S0${Array.from({ length: ASIN_LETTERS }, () => LETTERS[draws.below(LETTERS.length)]).join("")}`;
    if (asins.has(asin)) continue;
    asins.add(asin);
    return asin;
  }
}

/** One price, or now and then a range, as the original writes them. */
function pricing(draws: Draws, { prices: [low, high] }: Department): string {
  const price = draws.uniform(low, high);
  if (draws.random() >= RANGE_SHARE) return `$${price.toFixed(2)}`;
  return `$${price.toFixed(2)}$${(price * draws.uniform(1.1, 1.5)).toFixed(2)}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
