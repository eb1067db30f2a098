import type { JsonObject } from "../../../protocol/messages.ts";
import { whenSettled } from "../../../util/maybe-promise.ts";
import type { EpisodeScore } from "../../environment.ts";
import type { ActionCall } from "../actions/action.ts";
import { AgenticEpisode } from "../agentic/episode.ts";
import { questionScore } from "../agentic/question-score.ts";
import type { MemoryTask } from "../data/types.ts";
import type { CachedEmbedder } from "../embedder/cached-embedder.ts";
import { Engine, type EngineContext } from "../engine.ts";
import type { BfclParams } from "../params.ts";
import type { PromptBook } from "../prompt.ts";
import { PyDict } from "../python/values.ts";
import { keepSession, memoryAtStart, sessionJson, sessionText } from "./session.ts";
import { coreContext, memoryClass, snapshotOf } from "./snapshot.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Characters that a replacement may grow a served memory to: a hundred times what can be written into it. */
const MAX_MEMORY = 2 ** 20;

/** What memory tasks have beside their data. */
export interface MemoryServices {
  readonly snapshots: SnapshotStore;
  /** Null where the model was not fetched: memory_vector is not served then. */
  readonly embedder: CachedEmbedder | null;
}

/**
 * An episode of a memory task. A question is judged by its answer. A prerequisite is a session that fills the memory:
 * nothing judges it, so its reward is 0 in every mode, and its evaluation brings the id of the snapshot to go on with.
 */
export function memoryEpisode(
  task: MemoryTask,
  params: BfclParams,
  prompts: PromptBook,
  context: EngineContext,
  { snapshots: store, embedder }: MemoryServices,
): AgenticEpisode {
  const { backend, scenario, prerequisites, answers } = task;
  const memory = memoryAtStart(task, params.memory, store);
  const involved_classes = [memoryClass(backend)];
  const engine = new Engine(
    { id: task.id, involved_classes, initial_config: PyDict.of(involved_classes.map((name) => [name, memory])) },
    { ...context, maxText: MAX_MEMORY, ...(embedder === null ? {} : { embedder }) },
  );

  const scoreSession = (isOver: boolean): EpisodeScore => ({
    reward: 0,
    success: false,
    verdict: {
      scored: false,
      snapshot_id: keepSession(task, snapshotOf(engine, backend), store),
      after: task.id,
      session_complete: isOver,
    },
    reward_parts: { sparse: 0 },
  });

  return new AgenticEpisode(task, params, prompts, {
    memory: coreContext(backend, snapshotOf(engine, backend)),
    info: { involved_classes, scenario, prerequisites: [...prerequisites] },
    run: (calls) => {
      const ready =
        backend === "vector" ? embedder?.prepare(textsToEmbed(calls, snapshotOf(engine, backend))) : undefined;
      return whenSettled(ready, () => calls.map(({ name, args, kwargs }) => engine.runCall(name, args, kwargs)));
    },
    score: (response, isOver) =>
      answers === null ? scoreSession(isOver) : questionScore(params.reward, response, answers),
    inspect: (query): JsonObject =>
      query.memory === true ? { memory: sessionJson(sessionText(task, snapshotOf(engine, backend))) } : {},
  });
}

/** What the calls of a message may embed: nothing without a search, else every text of the memory and of the calls. */
function textsToEmbed(calls: readonly ActionCall[], memory: PyDict): string[] {
  if (!calls.some(({ name }) => name.endsWith("_retrieve"))) return [];
  const given = calls.flatMap(({ args, kwargs }) => [...args, ...kwargs.map(([, value]) => value)]);
  const kept = [...memory.values()].flatMap((store) => {
    const texts = store instanceof PyDict ? store.get("store") : undefined;
    return texts instanceof PyDict ? [...texts.values()] : [];
  });
  return [...given, ...kept].filter((value) => typeof value === "string");
}
