import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { cacheDir } from "../../../util/cache-dir.ts";
import type { Progress } from "../../native.ts";
import { nounSourceOf } from "../nouns/noun-source.ts";
import { ownCatalogue } from "../own-shop/own-shop.ts";
import type { Catalogue } from "./catalogue.ts";
import { buildCatalogue, FORMAT, isKept, openCatalogue } from "./kept-catalogue.ts";
import { type CatalogueFiles, findFiles, readProducts } from "./read-files.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Bytes of products, some four thousand: the longest query that is run takes 4 ms among them on a busy processor. */
const LARGE = 8 * 2 ** 20;

/**
 * The catalogue to serve: the one of STEPWELL_WEBSHOP_DATA (a built one, or a folder of the original's files, which is built
 * into the cache once), else the one that was pulled, else a generated one. Rejects with an Error that says what is wrong.
 */
export async function findCatalogue(env: Env, progress: Progress): Promise<Catalogue> {
  const folder = await catalogueFolder(env, progress);
  return folder === null ? ownCatalogue() : openCatalogue(folder);
}

/** The folder of that catalogue, built where it was not yet; null for the generated one, which has none. */
export async function catalogueFolder(env: Env, progress: Progress): Promise<string | null> {
  const given = env.STEPWELL_WEBSHOP_DATA;
  if (given) return builtFrom(given, env, progress);
  const pulled = pulledFolder(env);
  return isKept(pulled) ? pulled : null;
}

/**
 * Whether the catalogue to serve has so many products that a search can take longer than other instances should wait, or has
 * to be built first. What is wrong with it is for `findCatalogue` to say.
 */
export function isLarge(env: Env): boolean {
  const folder = env.STEPWELL_WEBSHOP_DATA ? resolve(env.STEPWELL_WEBSHOP_DATA) : pulledFolder(env);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  return readdirSync(folder).some((name) => statSync(join(folder, name)).size > LARGE);
}

/** Builds the catalogue of a folder of the original's files into another one. */
export async function buildFrom(from: string, to: string, env: Env, progress: Progress): Promise<void> {
  const files = await filesOf(from);
  await buildCatalogue(to, readProducts(files), {
    nouns: await nounSourceOf(from, env),
    source: basename(files.items),
    progress,
  });
}

/** Where `stepwell pull webshop` puts what it built. */
export function pulledFolder(env: Env): string {
  return join(cacheDir(env), "webshop", "catalogue");
}

async function builtFrom(given: string, env: Env, progress: Progress): Promise<string> {
  const folder = resolve(given);
  if (isKept(folder)) return folder;
  const files = await filesOf(folder);
  const built = join(cacheDir(env), "webshop", `catalogue-v${FORMAT}-${await stamp(files)}`);
  if (!isKept(built)) {
    progress(`building the catalogue of ${folder} (once)`);
    await buildFrom(folder, built, env, progress);
  }
  return built;
}

async function filesOf(folder: string): Promise<CatalogueFiles> {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  return findFiles(folder);
}

/** What tells a folder from a changed one without reading gigabytes: paths, sizes and times. */
async function stamp({ items, notes, human }: CatalogueFiles): Promise<string> {
  const hash = createHash("sha256");
  for (const path of [items, notes, human]) {
    if (path === null) continue;
    const { size, mtimeMs } = await stat(path);
    hash.update(JSON.stringify([path, size, mtimeMs]));
  }
  return hash.digest("hex").slice(0, 16);
}
