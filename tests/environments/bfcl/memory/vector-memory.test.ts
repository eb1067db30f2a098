import { describe, expect, test } from "bun:test";
import { memoryVector } from "../../../../src/environments/bfcl/apis/memory-vector.ts";
import { nearest } from "../../../../src/environments/bfcl/apis/vector-search.ts";
import { CachedEmbedder } from "../../../../src/environments/bfcl/embedder/cached-embedder.ts";
import { Engine } from "../../../../src/environments/bfcl/engine.ts";
import { coreContext, snapshotOf } from "../../../../src/environments/bfcl/memory/snapshot.ts";
import { SnapshotStore } from "../../../../src/environments/bfcl/memory/snapshot-store.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict } from "../../../../src/environments/bfcl/python/values.ts";
import { CONTEXT } from "../small-tasks.ts";
import { QUESTION, SESSION_0, start } from "./own-memory.ts";

/** A vector of letters, so that what is near can be seen. */
const letters = {
  embed(text: string): Float32Array {
    const counts = new Float32Array(26);
    for (const char of text) {
      const at = char.charCodeAt(0) - 97;
      if (at >= 0 && at < 26) counts[at] = (counts[at] ?? 0) + 1;
    }
    const length = Math.hypot(...counts);
    return length === 0 ? counts : counts.map((count) => count / length);
  },
};

function engine(snapshot = new PyDict()): Engine {
  const name = memoryVector.name;
  const task = { id: "memory_vector_0", involved_classes: [name], initial_config: PyDict.of([[name, snapshot]]) };
  return new Engine(task, { ...CONTEXT, embedder: letters });
}

describe("the vector memory", () => {
  test("retrieves the nearest texts, best first, with their scores", () => {
    const made = engine();
    for (const text of ["aab", "b", "cc"]) made.runText(`core_memory_add(text='${text}')`);
    expect(made.runText("core_memory_retrieve(query='a', top_k=2)")).toBe(
      '{"result": [{"id": 0, "similarity_score": 0.8944271802902222, "text": "aab"}, {"id": 1, "similarity_score": 0.0, "text": "b"}]}',
    );
    expect(made.runText("archival_memory_retrieve('a')")).toBe('{"result": []}');
    expect(made.runText("core_memory_retrieve_all()")).toBe(
      '{"result": [{"id": 0, "text": "aab"}, {"id": 1, "text": "b"}, {"id": 2, "text": "cc"}]}',
    );
  });

  test("numbers its entries, which are removed and updated by their number", () => {
    const made = engine();
    made.runText("core_memory_add('a')");
    made.runText("core_memory_add('b')");
    expect(made.runText("core_memory_remove(0)")).toBe('{"status": "ID 0 removed from store."}');
    expect(made.runText("core_memory_remove(0)")).toBe('{"error": "ID 0 not present in store."}');
    expect(made.runText("core_memory_add('c')")).toBe('{"id": 2}');
    expect(made.runText("core_memory_update(1, 'd')")).toBe('{"status": "ID 1 updated."}');
    expect(made.runText("core_memory_retrieve('d', 1)")).toContain('"id": 1');
    expect(made.runText("core_memory_clear()")).toBe('{"status": "Memory cleared."}');
    expect(made.runText("core_memory_add('e')")).toBe('{"id": 0}');
  });

  test("refuses what the official one refuses, in its words", () => {
    const made = engine();
    expect(made.runText(`core_memory_add('${"x".repeat(301)}')`)).toBe(
      '{"error": "Entry length exceeds maximum length of 300 characters."}',
    );
    for (let count = 0; count < 7; count++) made.runText("core_memory_add('a')");
    expect(made.runText("core_memory_add('a')")).toBe('{"error": "Memory size exceeds maximum size of 7 entries."}');
    expect(made.runText("core_memory_add(5)")).toBe("Error during execution: object of type 'int' has no len()");
    const error = (top_k: string) =>
      made.runText(`core_memory_retrieve('a', ${top_k})`).replace("Error during execution: ", "");
    expect(error("0")).toBe("");
    expect(error("None")).toBe("'<' not supported between instances of 'int' and 'NoneType'");
    expect(error("2.5")).toBe("'float' object cannot be interpreted as an integer");
    expect(error("True")).toBe("an integer is required");
    expect(made.runText("archival_memory_add(['a', 'b'])")).toContain("not same nb of vectors as ids");
  });

  test("goes into a snapshot as the official JSON and comes back out of it", () => {
    const first = engine();
    first.runText("core_memory_add('a')");
    first.runText("archival_memory_add('b')");
    const snapshot = snapshotOf(first, "vector");
    expect(dumps(snapshot)).toBe(
      '{"core_memory": {"next_id": 1, "store": {"0": "a"}}, "archival_memory": {"next_id": 1, "store": {"0": "b"}}}',
    );
    expect(coreContext("vector", snapshot)).toBe('{\n    "0": "a"\n}');
    expect(coreContext("vector", new PyDict())).toBe("{}");
    expect(engine(snapshot).runText("core_memory_add('c')")).toBe('{"id": 1}');
  });
});

test("of equal scores the first are kept and the last of them come first, as in the official index", () => {
  expect(nearest([1, 1, 1], 2)).toEqual([1, 0]);
  expect(nearest([0, 1, 1, 2], 2)).toEqual([3, 2]);
  expect(nearest([0.5, 0, 1], 3)).toEqual([2, 0, 1]);
});

test("a step that has something to embed answers later, and the same when it is known by then", async () => {
  let embedded = 0;
  const embedder = new CachedEmbedder(() => ({
    embed: (text) => {
      embedded += 1;
      return letters.embed(text);
    },
  }));
  const snapshots = new SnapshotStore({ folder: null });
  const memory = {
    core_memory: { next_id: 2, store: { 0: "abc", 1: "xyz" } },
    archival_memory: { next_id: 0, store: {} },
  };
  const ask = () => {
    const episode = start({ ...QUESTION, backend: "vector" }, { memory }, snapshots, embedder);
    return episode.step({ role: "assistant", content: "[core_memory_retrieve('xy')]" });
  };
  const later = ask();
  expect(later).toBeInstanceOf(Promise);
  const text = (await later).state[0]?.content;
  expect(text).toContain('"id": 1, "similarity_score": 0.8164965510368347');
  expect(embedded).toBe(3);
  const now = ask();
  expect(now).not.toBeInstanceOf(Promise);
  expect((await now).state[0]?.content).toBe(text ?? "");
  expect(embedded).toBe(3);
  expect(start({ ...SESSION_0, backend: "vector" }, {}, snapshots, embedder).state[0]?.content).toContain("\n{}");
});
