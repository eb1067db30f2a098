import type { Product } from "../../src/environments/webshop/catalogue/product.ts";

/** How many words of a text are drawn anew; the others keep which words stand together. */
const REDRAWN = 0.7;
/** How many of the words that the seed has once become words of their own: a larger catalogue has more of them. */
const NEW_WORDS = 0.5;
const VARIANTS = 100_000;
const LETTERS = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ";
const SPACES = /\s+/;

/** Words of texts with all their repetitions, so that drawing one draws by frequency. */
class Words {
  readonly #all: readonly string[];
  readonly #rare: ReadonlySet<string>;

  constructor(texts: readonly string[]) {
    this.#all = texts.flatMap((text) => text.split(SPACES)).filter((word) => word !== "");
    const counts = new Map<string, number>();
    for (const word of this.#all) counts.set(word, (counts.get(word) ?? 0) + 1);
    this.#rare = new Set([...counts].flatMap(([word, count]) => (count === 1 ? [word] : [])));
  }

  redraw(text: string, random: () => number): string {
    if (this.#all.length === 0) return text;
    return text
      .split(SPACES)
      .map((word) => {
        const drawn = random() < REDRAWN ? (this.#all[Math.floor(random() * this.#all.length)] ?? word) : word;
        const isNew = this.#rare.has(drawn) && random() < NEW_WORDS;
        return isNew ? `${drawn}${Math.floor(random() * VARIANTS).toString(36)}` : drawn;
      })
      .join(" ");
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
