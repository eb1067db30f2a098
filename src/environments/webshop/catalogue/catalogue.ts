import { createHash } from "node:crypto";
import type { Shop } from "../engine/shop.ts";
import { IndexBuilder } from "../search/index-builder.ts";
import { InvertedIndex } from "../search/inverted-index.ts";
import { type Product, searchText } from "./product.ts";
import { productToJson } from "./product-json.ts";
import { MemoryStore } from "./store.ts";

/** A shop with what results have to say of it. */
export interface Catalogue {
  readonly shop: Shop;
  /** sha256 over all products and their nouns. */
  readonly sha256: string;
  /** Of the random stream that prices and price limits are drawn from: told by the products alone, not by the nouns. */
  readonly streamSeed: number;
  /** What the nouns of the names come from: rewards depend on it. */
  readonly nouns: string;
  /** Where the products come from. */
  readonly source: string;
}

/** Hashes a catalogue product by product, in its order. */
export class CatalogueDigest {
  readonly #products = createHash("sha256");
  readonly #nouns = createHash("sha256");

  add(product: Product, nouns: readonly string[]): void {
    this.#products.update(productToJson(product, [])).update("\n");
    this.#nouns.update(JSON.stringify(nouns)).update("\n");
  }

  /** Ends it. */
  finish(): Pick<Catalogue, "sha256" | "streamSeed"> {
    const products = this.#products.digest();
    const sha256 = createHash("sha256").update(products).update(this.#nouns.digest()).digest("hex");
    return { sha256, streamSeed: products.readUInt32BE(0) };
  }
}

/** A catalogue whose products are all in memory, indexed here. */
export function memoryCatalogue(
  products: readonly Product[],
  nouns: readonly (readonly string[])[],
  about: Pick<Catalogue, "nouns" | "source">,
): Catalogue {
  const index = new IndexBuilder();
  const digest = new CatalogueDigest();
  for (const [at, product] of products.entries()) {
    index.add(product.asin, searchText(product));
    digest.add(product, nouns[at] ?? []);
  }
  const shop = { store: new MemoryStore(products, nouns), index: new InvertedIndex(index.build()) };
  return { shop, ...digest.finish(), ...about };
}
