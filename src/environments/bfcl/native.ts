import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../util/cache-dir.ts";
import type { NativeEnvironment, Progress } from "../native.ts";
import { allInputs, inCache, namedPath, sameVariables } from "../worker-inputs.ts";
import type { Need } from "./data/categories.ts";
import { loadData } from "./data/load.ts";
import type { BfclData } from "./data/types.ts";
import { knownParams, knownSolution } from "./demo-policy.ts";
import { cachedEmbedder, modelFolder, pullEmbedder } from "./embedder/pull-embedder.ts";
import { bfclEnvironment } from "./environment.ts";
import { SnapshotStore } from "./memory/snapshot-store.ts";
import { PromptBook } from "./prompt.ts";
import { bfclFiles, keptFile, pullBfcl } from "./pull.ts";
import { scoreFiles } from "./score/score-files.ts";
import { CachedWeb } from "./web-search/cached-web.ts";
import { LiveWeb } from "./web-search/live-web.ts";
import { RecordedWeb } from "./web-search/recorded-web.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Which categories a list has when neither the query nor DATASET_SUB_TYPE says it. */
const DEFAULT_SUB_TYPE = "multi_turn";

/** BFCL as the server and the command line know it. Its data are fetched at the first use. */
export const bfcl: NativeEnvironment = {
  load: async (progress) =>
    bfclEnvironment(await data(progress), {
      snapshots: new SnapshotStore({ folder: snapshotFolder(process.env) }),
      embedder: cachedEmbedder(process.env),
      web: configuredWeb(process.env),
    }),
  inputs: () => {
    const { env } = process;
    const kept = [keptFile(env), snapshotFolder(env)].map((path) => (existsSync(path) ? path : null));
    return allInputs(
      inCache(env, [...kept, modelFolder(env)]),
      namedPath("STEPWELL_BFCL_DATA", env.STEPWELL_BFCL_DATA),
      namedPath("STEPWELL_BFCL_WEB_RECORDING", env.STEPWELL_BFCL_WEB_RECORDING),
      sameVariables(env, ["DATASET_SUB_TYPE"]),
    );
  },
  pull: async (progress, { from, part }) => {
    if (part === "memory-vector") return pullEmbedder(process.env, progress);
    if (part !== null) throw new Error(`bfcl has no part "${part}"; it has memory-vector`);
    if (from !== null) throw new Error("bfcl fetches a pinned package: to use a folder of it, set STEPWELL_BFCL_DATA");
    return pullBfcl(process.env, progress);
  },
  score: async (paths, options) => scoreFiles(await data(options.progress), paths, options),
  demo: async (progress) => {
    const tasks = await data(progress);
    return {
      split: "all",
      group: "category",
      params: (task_id) => knownParams(tasks.task(task_id)),
      policy: (task_id) => {
        const messages = knownSolution(tasks.task(task_id)).values();
        return () => messages.next().value ?? { role: "assistant", content: "Done." };
      },
    };
  },
};

/** Where snapshots of memories are kept for other workers and the next server. */
function snapshotFolder(env: Env): string {
  return join(cacheDir(env), "bfcl", "memory");
}

/** The data of BFCL, as the environment and the demo read them. */
export async function data(progress: Progress, met = metNeeds(process.env)): Promise<BfclData> {
  const { files, sha256 } = await bfclFiles(process.env, progress);
  const prompts = new PromptBook();
  return loadData({
    files,
    sha256,
    met,
    sub_type: process.env.DATASET_SUB_TYPE || DEFAULT_SUB_TYPE,
    promptChars: (task) => prompts.promptChars(task),
  });
}

/** What this machine has for the categories that need more than data. */
function metNeeds(env: Env): ReadonlySet<Need> {
  const met = new Set<Need>();
  if (cachedEmbedder(env) !== null) met.add("embedder");
  if (env.STEPWELL_BFCL_WEB_RECORDING || env.SERPAPI_API_KEY) met.add("search");
  return met;
}

/** A recording before the web itself; null where neither is configured. Throws an Error on a recording that is none. */
function configuredWeb(env: Env): CachedWeb | null {
  if (env.STEPWELL_BFCL_WEB_RECORDING) return new CachedWeb(RecordedWeb.fromFile(env.STEPWELL_BFCL_WEB_RECORDING));
  return env.SERPAPI_API_KEY ? new CachedWeb(new LiveWeb({ apiKey: env.SERPAPI_API_KEY })) : null;
}
