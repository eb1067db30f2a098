import type { JsonObject } from "../../../protocol/messages.ts";
import type { Engine } from "../engine.ts";
import { dumps } from "../python/json.ts";
import { truthy } from "../python/operators.ts";
import { deepCopy, PyDict, type PyValue } from "../python/values.ts";

/** The kinds of memory, by the end of their categories' names. */
export const MEMORY_BACKENDS = ["kv", "vector", "rec_sum"] as const;
export type MemoryBackend = (typeof MEMORY_BACKENDS)[number];

/** The official class of a backend. */
export const memoryClass = (backend: MemoryBackend): string => `MemoryAPI_${backend}`;

/** A memory in which nothing was written yet, in the form of a snapshot. */
export function emptyMemory(backend: MemoryBackend): JsonObject {
  switch (backend) {
    case "kv":
      return { core_memory: {}, archival_memory: {} };
    case "vector":
      return { core_memory: { next_id: 0, store: {} }, archival_memory: { next_id: 0, store: {} } };
    case "rec_sum":
      return { memory: "" };
  }
}

/** What the official engine writes at the end of a session: the memory as JSON. A copy, which nobody changes. */
export function snapshotOf(engine: Engine, backend: MemoryBackend): PyDict {
  return PyDict.of(engine.publicState(memoryClass(backend)).map(([name, value]) => [name, deepCopy(value)] as const));
}

/** The part of a memory that the model sees at the start of a session, as the official engine writes it out. */
export function coreContext(backend: MemoryBackend, snapshot: PyDict): string {
  switch (backend) {
    case "kv": {
      const core = snapshot.getOr("core_memory", null);
      return truthy(core) ? dumps(core, { indent: 4 }) : "There is no content in the core memory at this point.";
    }
    case "vector": {
      // The official store is never false, so an empty one is written out too.
      const core = snapshot.getOr("core_memory", null);
      return dumps(core instanceof PyDict ? core.getOr("store", new PyDict()) : new PyDict(), { indent: 4 });
    }
    case "rec_sum": {
      const memory: PyValue = snapshot.getOr("memory", null);
      return typeof memory === "string" && memory !== "" ? memory : "There is no content in the memory at this point.";
    }
  }
}
