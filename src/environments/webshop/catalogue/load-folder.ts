import type { Progress } from "../../native.ts";
import type { Shop } from "../engine/shop.ts";
import { IndexBuilder } from "../search/index-builder.ts";
import { InvertedIndex } from "../search/inverted-index.ts";
import { type Product, searchText } from "./product.ts";
import { findFiles, readProducts } from "./read-files.ts";
import { MemoryStore } from "./store.ts";

/** Finds the nouns of texts: lower-cased, in order, repetitions kept. */
export type NounTagger = (texts: readonly string[], progress: Progress) => Promise<readonly (readonly string[])[]>;

/** A shop over the files of a folder, all in memory. Rejects with an Error that says what is wrong with the files. */
export async function loadFolder(folder: string, tagger: NounTagger, progress: Progress): Promise<Shop> {
  return shopOf(await Array.fromAsync(readProducts(await findFiles(folder))), tagger, progress);
}

export async function shopOf(products: readonly Product[], tagger: NounTagger, progress: Progress): Promise<Shop> {
  const index = new IndexBuilder();
  for (const product of products) index.add(product.asin, searchText(product));
  const nouns = await tagger(
    products.map(({ title }) => title),
    progress,
  );
  return { store: new MemoryStore(products, nouns), index: new InvertedIndex(index.build()) };
}
