import { join } from "node:path";
import { cacheDir } from "../../util/cache-dir.ts";
import type { Progress } from "../native.ts";
import { type Cached, cacheFile, readCache, writeCache } from "./data/cache.ts";
import { type DataFiles, digestOf } from "./data/files.ts";
import { getWheel, readFolder, unpackWheel } from "./data/wheel.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Fetches the data into the cache, whether or not it is there, and returns the path of it. With STEPWELL_BFCL_DATA there
 * is nothing to fetch: that folder is read instead, and its path returned.
 */
export async function pullBfcl(env: Env, progress: Progress): Promise<string> {
  const given = env.STEPWELL_BFCL_DATA;
  if (given) {
    const { size } = await readFolder(given);
    progress(`${size} files of BFCL are in STEPWELL_BFCL_DATA, which is used as it is`);
    return given;
  }
  return keep(await fetchFiles(env, progress), env, progress);
}

/**
 * The data: from STEPWELL_BFCL_DATA, from the cache, or fetched (`fetch` is another way for tests). Rejects with an Error
 * that says how to get them.
 */
export async function bfclFiles(env: Env, progress: Progress, fetch = fetchFiles): Promise<Cached> {
  if (env.STEPWELL_BFCL_DATA) {
    const files = await readFolder(env.STEPWELL_BFCL_DATA);
    return { files, sha256: digestOf(files) };
  }
  const cached = await readCache(folderOf(env));
  if (cached) return cached;
  const files = await fetch(env, progress);
  try {
    await keep(files, env, progress);
  } catch (error) {
    // A read-only disk costs the next start a download, and is no reason not to serve what was fetched.
    progress(`the BFCL data cannot be kept in ${folderOf(env)}: ${error instanceof Error ? error.message : error}`);
  }
  return { files, sha256: digestOf(files) };
}

async function fetchFiles(env: Env, progress: Progress): Promise<DataFiles> {
  return unpackWheel(await getWheel(env, progress));
}

async function keep(files: DataFiles, env: Env, progress: Progress): Promise<string> {
  const path = await writeCache(folderOf(env), files);
  progress(`${files.size} files of BFCL are in the cache`);
  return path;
}

/** Where the data are in the cache, once they are. */
export function keptFile(env: Env): string {
  return cacheFile(folderOf(env));
}

function folderOf(env: Env): string {
  return join(cacheDir(env), "bfcl");
}
