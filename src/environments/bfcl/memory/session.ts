import { ProtocolError } from "../../../protocol/errors.ts";
import type { Json, JsonObject } from "../../../protocol/messages.ts";
import type { MemoryTask } from "../data/types.ts";
import type { BfclParams } from "../params.ts";
import { dumps, loads } from "../python/json.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import type { MemoryBackend } from "./snapshot.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Characters of the JSON of a snapshot: about four times what the official limits of a memory come to. */
const MAX_TEXT = 4 * 2 ** 20;

/** The text of the snapshot that stands at the end of a task: the official JSON, and which session it is after. */
export function sessionText(task: MemoryTask, memory: PyDict): string {
  const { backend, scenario, id } = task;
  return dumps(PyDict.of({ backend, scenario, after: id, memory }));
}

/** Keeps the snapshot at the end of a task and returns its id; null where it is too large to be kept. */
export function keepSession(task: MemoryTask, memory: PyDict, store: SnapshotStore): string | null {
  const text = sessionText(task, memory);
  return text.length > MAX_TEXT ? null : store.put(text);
}

/**
 * The memory that a task begins with, a copy for this instance alone: empty in the first session, else what
 * `params.memory` names or is. Throws `bad_params`, which says what is to be played first.
 */
export function memoryAtStart(task: MemoryTask, given: BfclParams["memory"], store: SnapshotStore): PyDict {
  const last = task.prerequisites.at(-1);
  if (last === undefined) {
    if (given === undefined || given === null) return new PyDict();
    throw new ProtocolError("bad_params", `params.memory: ${task.id} is the first session, which begins empty`);
  }
  if (given === undefined || given === null) throw unplayed(task, last);
  if (typeof given !== "string") return readGiven(task, last, given);
  const text = store.get(given);
  if (text === null) {
    throw new ProtocolError(
      "bad_params",
      `params.memory: no snapshot ${given.slice(0, 80)} is kept here (the oldest go first). Pass the snapshot itself, which \`info\` with query {memory: true} gives, or play the prerequisites again`,
      { details: { prerequisites: [...task.prerequisites] } },
    );
  }
  return readSession(task, last, loads(text));
}

function unplayed(task: MemoryTask, last: string): ProtocolError {
  const { prerequisites } = task;
  return new ProtocolError(
    "bad_params",
    `params.memory: ${task.id} is about what was said in ${prerequisites.length} earlier sessions. Play these tasks in this order: ${prerequisites.join(", ")}. ` +
      `evaluate().verdict.snapshot_id of each is params.memory of the next one, and that of ${last} is params.memory here`,
    { details: { prerequisites: [...prerequisites] } },
  );
}

/** A snapshot as a caller passes it: as `info` gives it, or only the official JSON, of which nothing says what it is after. */
function readGiven(task: MemoryTask, last: string, given: { readonly [field: string]: Json }): PyDict {
  const text = JSON.stringify(given);
  if (text.length > MAX_TEXT) throw wrong(task, `it has more than ${MAX_TEXT} characters`);
  const value = loads(text);
  const isBare = value instanceof PyDict && !(value.get("memory") instanceof PyDict);
  return isBare ? checked(task, value) : readSession(task, last, value);
}

function readSession(task: MemoryTask, last: string, value: PyValue): PyDict {
  if (!(value instanceof PyDict)) throw wrong(task, "it is no object");
  const backend = value.get("backend") ?? task.backend;
  if (backend !== task.backend) throw wrong(task, `it is of a ${String(backend)} memory, not ${task.backend}`);
  const after = value.get("after") ?? last;
  if (after !== last) throw wrong(task, `it is of the end of ${String(after)}, and this task comes after ${last}`);
  return checked(task, value.get("memory") ?? null);
}

function checked(task: MemoryTask, memory: PyValue): PyDict {
  if (memory instanceof PyDict && isMemory(task.backend, memory)) return memory;
  throw wrong(task, `it must be ${SHAPES[task.backend]}`);
}

const SHAPES: Readonly<Record<MemoryBackend, string>> = {
  kv: '{"core_memory": {key: text, ...}, "archival_memory": {key: text, ...}}',
  vector: '{"core_memory": {"next_id": n, "store": {id: text, ...}}, "archival_memory": the same}',
  rec_sum: '{"memory": text}',
};

function isMemory(backend: MemoryBackend, memory: PyDict): boolean {
  switch (backend) {
    case "kv":
      return memory.size === 2 && isTexts(memory.get("core_memory")) && isTexts(memory.get("archival_memory"));
    case "vector":
      return memory.size === 2 && isStore(memory.get("core_memory")) && isStore(memory.get("archival_memory"));
    case "rec_sum":
      return memory.size === 1 && typeof memory.get("memory") === "string";
  }
}

function isTexts(value: PyValue | undefined): boolean {
  return value instanceof PyDict && [...value.values()].every((item) => typeof item === "string");
}

function isStore(value: PyValue | undefined): boolean {
  if (!(value instanceof PyDict) || typeof value.get("next_id") !== "bigint") return false;
  const store = value.get("store");
  return isTexts(store) && [...(store as PyDict).keys()].every((key) => /^\d{1,15}$/.test(String(key)));
}

function wrong(task: MemoryTask, why: string): ProtocolError {
  return new ProtocolError("bad_params", `params.memory of ${task.id}: ${why}`);
}

/** The snapshot as a caller may pass it on. */
export function sessionJson(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}
