import type { AgenticEpisode } from "../../../../src/environments/bfcl/agentic/episode.ts";
import type { MemoryTask } from "../../../../src/environments/bfcl/data/types.ts";
import type { CachedEmbedder } from "../../../../src/environments/bfcl/embedder/cached-embedder.ts";
import { memoryEpisode } from "../../../../src/environments/bfcl/memory/episode.ts";
import { SnapshotStore } from "../../../../src/environments/bfcl/memory/snapshot-store.ts";
import { parseParams } from "../../../../src/environments/bfcl/params.ts";
import { PromptBook } from "../../../../src/environments/bfcl/prompt.ts";
import type { EpisodeStep } from "../../../../src/environments/environment.ts";
import type { JsonObject, Message } from "../../../../src/protocol/messages.ts";
import { atOnce } from "../../../../src/util/maybe-promise.ts";
import { CONTEXT, dict } from "../small-tasks.ts";

/** Two sessions and a question of our own, so that memory can be tested where the official data are not at hand. */

const ADD = dict(
  '{"name": "core_memory_add", "description": "Adds.", "parameters": {"type": "dict", "properties": {}}}',
);
const FIRST = "memory_kv_prereq_900-student-0";
const SECOND = "memory_kv_prereq_901-student-1";

function user(content: string): Message {
  return { role: "user", content };
}

function task(id: string, more: Pick<MemoryTask, "question" | "prerequisites" | "answers">): MemoryTask {
  const category = id.slice(0, id.lastIndexOf("_"));
  return {
    kind: "memory",
    id,
    category,
    source_index: 900,
    backend: "kv",
    scenario: "student",
    functions: [ADD],
    ...more,
  };
}

export const SESSION_0 = task(FIRST, {
  question: [[user("I am Ann.")], [user("I have a cat.")]],
  prerequisites: [],
  answers: null,
});
export const SESSION_1 = task(SECOND, {
  question: [[user("My cat is called Tom.")]],
  prerequisites: [FIRST],
  answers: null,
});
export const QUESTION = task("memory_kv_900-student-0", {
  question: [[user("What is my cat called?")]],
  prerequisites: [FIRST, SECOND],
  answers: ["Tom", "Tom the cat"],
});

export function start(
  of: MemoryTask,
  params: JsonObject = {},
  store = new SnapshotStore({ folder: null }),
  embedder: CachedEmbedder | null = null,
): AgenticEpisode {
  return memoryEpisode(of, parseParams(params), new PromptBook(), CONTEXT, { snapshots: store, embedder });
}

export function step(episode: AgenticEpisode, content: string): EpisodeStep {
  return atOnce(episode.step({ role: "assistant", content }));
}

export const remember = (key: string, value: string): string => `[core_memory_add(key='${key}', value='${value}')]`;

/** Plays a session that remembers one thing and returns the id of its snapshot. */
export function playSession(
  of: MemoryTask,
  params: JsonObject,
  store: SnapshotStore,
  key: string,
  value: string,
): string {
  const episode = start(of, params, store);
  step(episode, remember(key, value));
  for (const _ of of.question) step(episode, "Noted.");
  return String(episode.evaluate().verdict.snapshot_id);
}
