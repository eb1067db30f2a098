import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Progress } from "../../native.ts";
import type { NounSource } from "../nouns/noun-source.ts";
import { growingFloat64 } from "../search/growing-array.ts";
import { IndexBuilder } from "../search/index-builder.ts";
import { mapIndex, writeIndex } from "../search/index-file.ts";
import { InvertedIndex } from "../search/inverted-index.ts";
import { mapArrays, writeArrays } from "./array-file.ts";
import { buildAsinTable } from "./asin-table.ts";
import { type Catalogue, CatalogueDigest } from "./catalogue.ts";
import { type ColumnLists, ColumnsBuilder } from "./columns.ts";
import { DiskStore, type StoreArrays } from "./disk-store.ts";
import { type Product, searchText } from "./product.ts";
import { productFromJson, productToJson } from "./product-json.ts";
import { MemoryStore } from "./store.ts";

/** A built catalogue is a folder of these. The description is written last: without it the folder is none. */
const ABOUT = "catalogue.json";
const PRODUCTS = "products.jsonl";
const COLUMNS = "columns.bin";
const INDEX = "index.bin";

/** Raised when what is kept changes its form. */
export const FORMAT = 2;
const COLUMNS_MAGIC = "stepwell webshop columns 1";

/** Products whose nouns are found at a time: a process of spaCy takes seconds to start. */
const CHUNK = 5000;
/** Products are all read into memory where they are not more than this. */
const MOST_IN_MEMORY = 32 * 2 ** 20;

interface About extends Omit<Catalogue, "shop"> {
  readonly format: number;
  readonly products: number;
}

export function isKept(folder: string): boolean {
  return existsSync(join(folder, ABOUT));
}

export interface BuildOptions {
  readonly nouns: NounSource;
  readonly source: string;
  readonly progress: Progress;
}

/** Builds a catalogue into a folder, product by product; what was there is replaced in one step when it is whole. */
export async function buildCatalogue(
  folder: string,
  products: AsyncIterable<Product> | Iterable<Product>,
  { nouns, source, progress }: BuildOptions,
): Promise<void> {
  const half = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  await rm(half, { recursive: true, force: true });
  await mkdir(half);
  try {
    const built = await writeProducts(join(half, PRODUCTS), products, nouns, progress);
    progress(`indexing ${built.asins.length} products`);
    const { columns, lists } = built.columns.build();
    const asins = buildAsinTable(built.asins, built.asins.length);
    const arrays = { ...columns, offsets: built.offsets, asins };
    await writeArrays(join(half, COLUMNS), COLUMNS_MAGIC, lists, arrays);
    await writeIndex(join(half, INDEX), built.index.build());
    const about: About = {
      format: FORMAT,
      products: built.asins.length,
      ...built.digest.finish(),
      nouns: nouns.name,
      source,
    };
    await writeFile(join(half, ABOUT), `${JSON.stringify(about, null, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(half, folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

async function writeProducts(
  path: string,
  products: AsyncIterable<Product> | Iterable<Product>,
  nouns: NounSource,
  progress: Progress,
) {
  const index = new IndexBuilder();
  const columns = new ColumnsBuilder();
  const digest = new CatalogueDigest();
  const offsets = growingFloat64();
  const asins: string[] = [];
  let end = 0;
  offsets.push(end);
  await using file = await open(path, "w");
  const write = async (chunk: readonly Product[]) => {
    const found = await nouns.tag(chunk, progress);
    const lines = chunk.map((product, at) => Buffer.from(`${productToJson(product, found[at] ?? [])}\n`));
    for (const [at, product] of chunk.entries()) {
      index.add(product.asin, searchText(product));
      columns.add(product);
      digest.add(product, found[at] ?? []);
      asins.push(product.asin);
      end += lines[at]?.length ?? 0;
      offsets.push(end);
    }
    await file.write(Buffer.concat(lines));
    progress(`${asins.length} products read`);
  };
  let chunk: Product[] = [];
  for await (const product of products) {
    chunk.push(product);
    if (chunk.length < CHUNK) continue;
    await write(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await write(chunk);
  if (asins.length === 0) throw new Error("the catalogue has no products");
  return { index, columns, digest, offsets: offsets.finish(), asins };
}

/** Opens a built catalogue; products of more bytes than `mostInMemory` stay on disk. Rejects with an Error when it is none, or of another version. */
export async function openCatalogue(folder: string, mostInMemory = MOST_IN_MEMORY): Promise<Catalogue> {
  const about: About = JSON.parse(await readFile(join(folder, ABOUT), "utf8"));
  if (about.format !== FORMAT) {
    throw new Error(`${folder} was built by another version of Stepwell: build the catalogue again`);
  }
  const { sha256, streamSeed, nouns, source } = about;
  const index = new InvertedIndex(mapIndex(join(folder, INDEX)));
  return { shop: { store: await openStore(folder, mostInMemory), index }, sha256, streamSeed, nouns, source };
}

async function openStore(folder: string, mostInMemory: number): Promise<MemoryStore | DiskStore> {
  const path = join(folder, PRODUCTS);
  if ((await stat(path)).size > mostInMemory) {
    const { meta, arrays } = mapArrays(join(folder, COLUMNS), COLUMNS_MAGIC);
    return new DiskStore(path, arrays as unknown as StoreArrays, meta as ColumnLists);
  }
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const kept = lines.map(productFromJson);
  return new MemoryStore(
    kept.map(({ product }) => product),
    kept.map(({ nouns }) => nouns),
  );
}
