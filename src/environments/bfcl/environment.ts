import type { Environment } from "../environment.ts";
import type { BfclData } from "./data/types.ts";
import { MultiTurnEpisode } from "./multi-turn/episode.ts";
import { parseParams } from "./params.ts";
import { PromptBook } from "./prompt.ts";
import { PyDateTime } from "./python/datetime.ts";

/** The official package whose observations and verdicts this environment has. */
const BFCL_ENGINE = "bfcl-eval 2026.3.23";

/** Version of this environment's behaviour: a change of any observation or score raises it. */
const BFCL_VERSION = "1";

/** The BFCL environment over compiled data (see data/). It holds no state beside caches of texts that never change. */
export function bfclEnvironment(data: BfclData): Environment {
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
    create: ({ task_id, params, started_at }) => {
      const task = data.task(task_id);
      const parsed = parseParams(params);
      switch (task.kind) {
        case "multi_turn": {
          const today = PyDateTime.fromTimestamp(started_at);
          return new MultiTurnEpisode(task, parsed, { longContext: data.longContext, today: () => today }, prompts);
        }
      }
    },
  };
}
