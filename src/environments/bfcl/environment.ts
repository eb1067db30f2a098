import { ProtocolError } from "../../protocol/errors.ts";
import type { Environment } from "../environment.ts";
import type { BfclData, BfclTask } from "./data/types.ts";
import { hasGrammar, loadGrammar } from "./decode/grammars.ts";
import type { CachedEmbedder } from "./embedder/cached-embedder.ts";
import { memoryEpisode } from "./memory/episode.ts";
import { SnapshotStore } from "./memory/snapshot-store.ts";
import { MultiTurnEpisode } from "./multi-turn/episode.ts";
import { type BfclParams, parseParams } from "./params.ts";
import { PromptBook } from "./prompt.ts";
import { PyDateTime } from "./python/datetime.ts";
import { SingleTurnEpisode } from "./single-turn/episode.ts";
import type { CachedWeb } from "./web-search/cached-web.ts";
import { webSearchEpisode } from "./web-search/episode.ts";

/** The official package whose observations and verdicts this environment has. */
const BFCL_ENGINE = "bfcl-eval 2026.3.23";

/** Version of this environment's behaviour: a change of any observation or score raises it. */
const BFCL_VERSION = "1";

/** What an environment has beside its data. */
export interface Services {
  /** Where the snapshots of memory tasks are kept; in this process alone unless told. */
  readonly snapshots?: SnapshotStore;
  /** For memory_vector, which is not served without one. */
  readonly embedder?: CachedEmbedder | null;
  /** For web search, which is not served without one. */
  readonly web?: CachedWeb | null;
}

/**
 * The BFCL environment over compiled data (see data/). It holds no state beside caches of texts that never change, and the
 * snapshots of memories, which their ids decide.
 */
export function bfclEnvironment(
  data: BfclData,
  { snapshots = new SnapshotStore({ folder: null }), embedder = null, web = null }: Services = {},
): Environment {
  const prompts = new PromptBook();
  return {
    env_type: "bfcl",
    version: BFCL_VERSION,
    replay: "exact",
    data_sha256: data.sha256,
    engine: BFCL_ENGINE,
    splits: data.splits,
    unavailable: data.unavailable,
    tasks: ({ split, filter }) => data.rows(split, filter),
    ready: (task_id) => {
      const task = data.task(task_id);
      if (task.kind !== "single_turn" || task.language === "python" || hasGrammar(task.language)) return null;
      return loadGrammar(task.language);
    },
    create: ({ task_id, params, started_at }) => {
      const task = data.task(task_id);
      const parsed = parseParams(params);
      const today = PyDateTime.fromTimestamp(started_at);
      refuseMemory(task, parsed.memory);
      switch (task.kind) {
        case "multi_turn":
          return new MultiTurnEpisode(task, parsed, { longContext: data.longContext, today: () => today }, prompts);
        case "memory":
          return memoryEpisode(
            task,
            parsed,
            prompts,
            { longContext: data.longContext, today: () => today },
            { snapshots, embedder },
          );
        case "web_search":
          if (web === null) throw new Error(`${task.id} is served without a web`);
          return webSearchEpisode(task, parsed, prompts, { longContext: data.longContext, today: () => today }, web);
        case "single_turn":
          return new SingleTurnEpisode(task, parsed, prompts);
      }
    },
  };
}

function refuseMemory(task: BfclTask, memory: BfclParams["memory"]): void {
  if (task.kind === "memory" || memory === undefined || memory === null) return;
  throw new ProtocolError(
    "bad_params",
    `params.memory: only the memory tasks have one, and ${task.id} is none of them`,
  );
}
