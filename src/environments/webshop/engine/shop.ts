import type { ProductStore } from "../catalogue/store.ts";
import type { InvertedIndex } from "../search/inverted-index.ts";

/** Products a search finds at most, and products a page shows. */
export const SEARCH_LIMIT = 50;
export const PAGE_SIZE = 10;

/** What all instances of a catalogue share. Nothing in it changes. */
export interface Shop {
  readonly store: ProductStore;
  readonly index: InvertedIndex;
}

/** Where the original's server raises, with the name of what it raises. */
export class ShopCrash extends Error {
  readonly python: string;

  constructor(python: string, message: string) {
    super(message);
    this.python = python;
  }
}

/** Chooses `wanted` of `count` things, for the random search. */
export type Sample = (count: number, wanted: number) => number[];

/**
 * The products that a search finds, best first. A first word of `<r>`, `<c>` or `<q>` asks for random ones, for those of
 * a category or of a query; `<a>` crashes the original. Throws ShopCrash where it does.
 */
export function findProducts({ store, index }: Shop, keywords: readonly string[], sample: Sample): readonly number[] {
  const words = keywords.slice(1).join(" ").trim();
  switch (keywords[0]) {
    case "<r>":
      if (store.count < SEARCH_LIMIT) throw new ShopCrash("ValueError", "Sample larger than population or is negative");
      return sample(store.count, SEARCH_LIMIT);
    case "<a>":
      throw new ShopCrash("TypeError", "'NoneType' object is not subscriptable");
    case "<c>": {
      const category = keywords[1]?.trim();
      if (category === undefined) throw new ShopCrash("IndexError", "list index out of range");
      return store.withCategory(category);
    }
    case "<q>":
      return store.withQuery(words);
    default:
      return index.search(keywords.join(" "), SEARCH_LIMIT);
  }
}
