import type { Embedder } from "../embedder/embedder.ts";
import { toInt } from "../python/builtins.ts";
import { PyError, typeError, valueError } from "../python/errors.ts";
import { f } from "../python/format.ts";
import { contains, gt, le, len, lt } from "../python/operators.ts";
import { str } from "../python/repr.ts";
import { isInt, PyDict, type PyValue } from "../python/values.ts";
import { Api, defineApi } from "./api.ts";
import { nearest } from "./vector-search.ts";

interface Limits {
  readonly entries: number;
  readonly length: number;
}

const CORE: Limits = { entries: 7, length: 300 };
const ARCHIVAL: Limits = { entries: 50, length: 2000 };

/** The official memory_vector.py: a small memory that the model always sees and a large one, searched by meaning. */
export class MemoryVector extends Api {
  readonly #core: VectorStore;
  readonly #archival: VectorStore;

  /** The scenario is the snapshot of the session before; without one both memories are empty. */
  constructor(scenario: PyDict, embedder: Embedder) {
    super();
    this.#core = new VectorStore(CORE, scenario.get("core_memory"), embedder);
    this.#archival = new VectorStore(ARCHIVAL, scenario.get("archival_memory"), embedder);
  }

  /** As the official snapshot has it; the checker compares no memory. */
  override publicState(): [string, PyValue][] {
    return [
      ["core_memory", this.#core.exported()],
      ["archival_memory", this.#archival.exported()],
    ];
  }

  core_memory_add(text: PyValue): PyValue {
    return this.#core.add(text);
  }

  core_memory_remove(vec_id: PyValue): PyValue {
    return this.#core.remove(vec_id);
  }

  core_memory_update(vec_id: PyValue, new_text: PyValue): PyValue {
    return this.#core.update(vec_id, new_text);
  }

  core_memory_clear(): PyValue {
    return this.#core.clear();
  }

  core_memory_retrieve(query: PyValue, top_k: PyValue): PyValue {
    return PyDict.of({ result: this.#core.retrieve(query, top_k) });
  }

  core_memory_retrieve_all(): PyValue {
    return PyDict.of({ result: this.#core.all() });
  }

  archival_memory_add(text: PyValue): PyValue {
    return this.#archival.add(text);
  }

  archival_memory_remove(vec_id: PyValue): PyValue {
    return this.#archival.remove(vec_id);
  }

  archival_memory_update(vec_id: PyValue, new_text: PyValue): PyValue {
    return this.#archival.update(vec_id, new_text);
  }

  archival_memory_clear(): PyValue {
    return this.#archival.clear();
  }

  archival_memory_retrieve(query: PyValue, top_k: PyValue): PyValue {
    return PyDict.of({ result: this.#archival.retrieve(query, top_k) });
  }

  archival_memory_retrieve_all(): PyValue {
    return PyDict.of({ result: this.#archival.all() });
  }
}

/** Texts by id, and the order in which an index holds them: a text that is updated goes to its end. */
class VectorStore {
  readonly #limits: Limits;
  readonly #embedder: Embedder;
  #nextId: bigint;
  readonly #texts: PyDict;
  #index: bigint[];

  constructor(limits: Limits, snapshot: PyValue | undefined, embedder: Embedder) {
    this.#limits = limits;
    this.#embedder = embedder;
    const store = snapshot instanceof PyDict ? snapshot.get("store") : undefined;
    const texts =
      store instanceof PyDict ? Array.from(store.entries(), ([id, text]) => [toInt(id), text] as const) : [];
    this.#nextId = snapshot instanceof PyDict ? toInt(snapshot.getOr("next_id", 0n)) : 0n;
    this.#texts = PyDict.of(texts);
    this.#index = texts.map(([id]) => id).sort((a, b) => (a < b ? -1 : 1));
  }

  add(text: PyValue): PyValue {
    const { length, entries } = this.#limits;
    if (gt(len(text), BigInt(length))) return tooLong(length);
    if (this.#texts.size >= entries) {
      return PyDict.of({ error: `Memory size exceeds maximum size of ${entries} entries.` });
    }
    const id = this.#nextId++;
    checkOne(text);
    this.#index.push(id);
    this.#texts.set(id, text);
    return PyDict.of({ id });
  }

  remove(vec_id: PyValue): PyValue {
    if (!contains(this.#texts, vec_id)) return notPresent(vec_id);
    this.#leaveIndex(vec_id);
    this.#texts.delete(vec_id);
    return PyDict.of({ status: f`ID ${vec_id} removed from store.` });
  }

  update(vec_id: PyValue, text: PyValue): PyValue {
    if (!contains(this.#texts, vec_id)) return notPresent(vec_id);
    if (gt(len(text), BigInt(this.#limits.length))) return tooLong(this.#limits.length);
    const id = this.#leaveIndex(vec_id);
    checkOne(text);
    this.#index.push(id);
    this.#texts.set(vec_id, text);
    return PyDict.of({ status: f`ID ${vec_id} updated.` });
  }

  clear(): PyValue {
    this.#index = [];
    this.#texts.clear();
    this.#nextId = 0n;
    return PyDict.of({ status: "Memory cleared." });
  }

  /** The nearest texts, best first, with the inner product of the vectors. */
  retrieve(query: PyValue, top_k: PyValue): PyValue {
    const size = BigInt(this.#texts.size);
    if (size === 0n) return [];
    if (Array.isArray(query) && query.length === 0) throw noRow();
    const count = countOf(lt(size, top_k) ? size : top_k);
    const wanted = this.#embedder.embed(embedded(query));
    const scores = this.#index.map((id) => innerProduct(wanted, this.#embedder.embed(embedded(this.#text(id)))));
    return nearest(scores, count).map((at) => {
      const id = this.#index[at] ?? 0n;
      return PyDict.of({ id, similarity_score: scores[at] ?? 0, text: this.#text(id) });
    });
  }

  all(): PyValue {
    return Array.from(this.#texts.entries(), ([id, text]) => PyDict.of({ id, text }));
  }

  exported(): PyDict {
    return PyDict.of({ next_id: this.#nextId, store: this.#texts });
  }

  #text(id: bigint): PyValue {
    return this.#texts.get(id) ?? null;
  }

  #leaveIndex(vec_id: PyValue): bigint {
    const id = toInt(vec_id);
    this.#index = this.#index.filter((each) => each !== id);
    return id;
  }
}

/** The text that is embedded for a value: of a list its first item, as one vector is looked at. */
function embedded(value: PyValue): string {
  return str(Array.isArray(value) ? (value[0] ?? null) : value);
}

/** A list is embedded item by item, and the index takes one vector for one id. */
function checkOne(text: PyValue): void {
  if (!Array.isArray(text) || text.length === 1) return;
  throw text.length === 0 ? noRow() : new PyError("AssertionError", "not same nb of vectors as ids");
}

function noRow(): PyError {
  return valueError("not enough values to unpack (expected 2, got 1)");
}

/** The checks of the official index on how many are wanted. */
function countOf(top_k: PyValue): number {
  if (le(top_k, 0n)) throw new PyError("AssertionError", "");
  if (typeof top_k === "boolean") throw typeError("an integer is required");
  if (!isInt(top_k)) throw typeError("'float' object cannot be interpreted as an integer");
  return Number(top_k);
}

/** In 32 bits, as the official index sums; the order of the sum is its own affair, so the last digits may differ. */
function innerProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return Math.fround(sum);
}

function tooLong(length: number): PyDict {
  return PyDict.of({ error: `Entry length exceeds maximum length of ${length} characters.` });
}

function notPresent(vec_id: PyValue): PyDict {
  return PyDict.of({ error: f`ID ${vec_id} not present in store.` });
}

export const memoryVector = defineApi(
  "MemoryAPI_vector",
  (scenario, { embedder }) => {
    if (!embedder) throw new Error("memory_vector needs an embedder");
    return new MemoryVector(scenario, embedder);
  },
  {
    archival_memory_add: "(text)",
    archival_memory_clear: "()",
    archival_memory_remove: "(vec_id)",
    archival_memory_retrieve: "(query, top_k=5)",
    archival_memory_retrieve_all: "()",
    archival_memory_update: "(vec_id, new_text)",
    core_memory_add: "(text)",
    core_memory_clear: "()",
    core_memory_remove: "(vec_id)",
    core_memory_retrieve: "(query, top_k=5)",
    core_memory_retrieve_all: "()",
    core_memory_update: "(vec_id, new_text)",
  },
);
