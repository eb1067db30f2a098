import type { Product } from "../../src/environments/webshop/catalogue/product.ts";

/** How many words of a text are drawn anew; the others keep which words stand together. */
const REDRAWN = 0.7;
/** How many of the words that the seed has once become words of their own: a larger catalogue has more of them. */
const NEW_WORDS = 0.5;
const VARIANTS = 200;
const LETTERS = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ";

/** Words of the texts of one field with all their repetitions, so that drawing one draws by frequency. */
class Words {
  readonly #all: readonly string[];
  readonly #rare: readonly boolean[];
  /** Each text as places in the list. */
  readonly #texts = new Map<string, readonly number[]>();

  constructor(texts: readonly string[]) {
    const all: string[] = [];
    for (const text of texts) {
      const from = all.length;
      all.push(...text.split(/\s+/));
      this.#texts.set(
        text,
        Array.from({ length: all.length - from }, (_, at) => from + at),
      );
    }
    const counts = new Map<string, number>();
    for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1);
    this.#all = all;
    this.#rare = all.map((word) => counts.get(word) === 1);
  }

  /** A text with other words, as many as it has. */
  redraw(text: string, random: () => number): string {
    const words: string[] = [];
    for (const own of this.#texts.get(text) ?? []) {
      const at = random() < REDRAWN ? Math.floor(random() * this.#all.length) : own;
      const word = this.#all[at] ?? "";
      words.push(this.#rare[at] === true && random() < NEW_WORDS ? word + Math.floor(random() * VARIANTS) : word);
    }
    return words.join(" ");
  }
}

/**
 * Many products from few: each has the shape of one of the seed's (lengths, options, prices, goals) with words drawn by how
 * often the seed has them in that field, so a term is in as large a part of the products as there.
 */
export function* multiply(seed: readonly Product[], count: number): Generator<Product> {
  const random = xorshift(20_261);
  const titles = new Words(seed.map(({ title }) => title));
  const descriptions = new Words(seed.map(({ description }) => description));
  const bullets = new Words(seed.flatMap((product) => product.bullets));
  const asins = new Set<string>();
  for (let made = 0; made < count; ) {
    const shape = seed[Math.floor(random() * seed.length)];
    if (shape === undefined) throw new Error("the seed has no products");
    const asin = `B0${Array.from({ length: 8 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("")}`;
    if (asins.has(asin)) continue;
    asins.add(asin);
    made++;
    yield {
      ...shape,
      asin,
      title: titles.redraw(shape.title, random),
      description: descriptions.redraw(shape.description, random),
      bullets: shape.bullets.map((bullet) => bullets.redraw(bullet, random)),
    };
  }
}

/** Marsaglia's xorshift32: fast, the same everywhere, and good enough for words. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
