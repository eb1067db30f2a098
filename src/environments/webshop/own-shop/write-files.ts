import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { type GeneratedProduct, generateProducts } from "./generate.ts";
import { OWN_NOUNS } from "./own-shop.ts";

/** The files that are written, each with what it has of a product. */
const FILES: readonly {
  readonly name: string;
  readonly open: string;
  readonly close: string;
  readonly entry: (product: GeneratedProduct) => string;
}[] = [
  { name: "items_shuffle.json", open: "[", close: "]", entry: ({ item }) => JSON.stringify(item) },
  { name: "items_ins_v2.json", open: "{", close: "}", entry: ({ item, notes }) => keyed(item.asin, notes) },
  { name: "items_human_ins.json", open: "{", close: "}", entry: ({ item, human }) => keyed(item.asin, human) },
  {
    name: "items_nouns.json",
    open: `{"model": ${JSON.stringify(OWN_NOUNS)}, "nouns": {`,
    close: "}}",
    entry: ({ item, nouns }) => keyed(item.asin, nouns),
  },
];

/** Writes a generated catalogue in the original's formats, product by product. */
export async function writeGenerated(
  folder: string,
  { products, seed }: { products: number; seed: number },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = await Promise.all(
    FILES.map(async (file) => ({ ...file, handle: await open(join(folder, file.name), "w"), first: true })),
  );
  try {
    for (const file of files) await file.handle.write(file.open);
    for (const product of generateProducts(products, seed)) {
      for (const file of files) {
        const entry = file.entry(product);
        await file.handle.write(file.first ? entry : `,\n${entry}`);
        file.first = false;
      }
    }
    for (const file of files) await file.handle.write(file.close);
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

function keyed(asin: string, value: unknown): string {
  return `${JSON.stringify(asin)}: ${JSON.stringify(value)}`;
}
