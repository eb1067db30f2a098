import { join } from "node:path";
import { cacheDir } from "../../util/cache-dir.ts";
import type { Progress } from "../native.ts";
import { type Cached, readCache, writeCache } from "./data/cache.ts";
import { digestOf } from "./data/files.ts";
import { getWheel, readFolder, unpackWheel } from "./data/wheel.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Fetches the data into the cache, whether or not it is there, and returns the path of it. */
export async function pullBfcl(env: Env, progress: Progress): Promise<string> {
  const files = unpackWheel(await getWheel(env, progress));
  const path = await writeCache(folderOf(env), files);
  progress(`${files.size} files of BFCL are in the cache`);
  return path;
}

/** The data: from STEPWELL_BFCL_DATA, from the cache, or fetched. Rejects with an Error that says how to get them. */
export async function bfclFiles(env: Env, progress: Progress): Promise<Cached> {
  if (env.STEPWELL_BFCL_DATA) {
    const files = await readFolder(env.STEPWELL_BFCL_DATA);
    return { files, sha256: digestOf(files) };
  }
  const cached = await readCache(folderOf(env));
  if (cached) return cached;
  await pullBfcl(env, progress);
  const fetched = await readCache(folderOf(env));
  if (fetched) return fetched;
  throw new Error(`the BFCL data that were just fetched cannot be read from ${folderOf(env)}: is the disk full?`);
}

function folderOf(env: Env): string {
  return join(cacheDir(env), "bfcl");
}
