import { zeroDivisionError } from "../python/errors.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { contains, delItem, getItem, getSlice } from "../python/operators.ts";
import { str } from "../python/repr.ts";
import { lower, pyLen, splitWords } from "../python/strings.ts";
import { PyDict, PyTuple, type PyValue } from "../python/values.ts";
import { Api, defineApi } from "./api.ts";
import { bm25PlusScores } from "./bm25.ts";

/** One of the two memories: how much it holds, and how it speaks. */
interface Limits {
  readonly entries: number;
  readonly length: number;
  readonly full: string;
  readonly added: string;
}

const CORE: Limits = {
  entries: 7,
  length: 300,
  full: "Core memory is full. Please clear some entries.",
  added: "Key-value pair added.",
};
const ARCHIVAL: Limits = {
  entries: 50,
  length: 2000,
  full: "Long term memory is full. Please clear some entries.",
  added: "Key added.",
};

/** snake_case; Python's `$` also matches before a line break at the end. */
const KEY = /^[a-z]+(_[a-z0-9]+)*\n?$/;

/** The official memory_kv.py: a small memory that the model always sees and a large one that it searches, by keys. */
export class MemoryKv extends Api {
  core_memory: PyDict;
  archival_memory: PyDict;

  /** The scenario is the snapshot of the session before; without one both memories are empty. */
  constructor(scenario: PyDict) {
    super();
    this.core_memory = memoryIn(scenario, "core_memory");
    this.archival_memory = memoryIn(scenario, "archival_memory");
  }

  core_memory_add(key: PyValue, value: PyValue): PyValue {
    return add(this.core_memory, CORE, key, value);
  }

  core_memory_remove(key: PyValue): PyValue {
    return remove(this.core_memory, key);
  }

  core_memory_replace(key: PyValue, value: PyValue): PyValue {
    return replace(this.core_memory, CORE, key, value);
  }

  core_memory_clear(): PyValue {
    this.core_memory = new PyDict();
    return PyDict.of({ status: "Short term memory cleared." });
  }

  core_memory_retrieve(key: PyValue): PyValue {
    return retrieve(this.core_memory, key);
  }

  core_memory_list_keys(): PyValue {
    return PyDict.of({ keys: [...this.core_memory.keys()] });
  }

  core_memory_key_search(query: PyValue, k: PyValue): PyValue {
    return keySearch(this.core_memory, query, k);
  }

  core_memory_retrieve_all(): PyValue {
    return this.core_memory;
  }

  archival_memory_add(key: PyValue, value: PyValue): PyValue {
    return add(this.archival_memory, ARCHIVAL, key, value);
  }

  archival_memory_remove(key: PyValue): PyValue {
    return remove(this.archival_memory, key);
  }

  archival_memory_replace(key: PyValue, value: PyValue): PyValue {
    return replace(this.archival_memory, ARCHIVAL, key, value);
  }

  archival_memory_clear(): PyValue {
    this.archival_memory = new PyDict();
    return PyDict.of({ status: "Long term memory cleared." });
  }

  archival_memory_retrieve(key: PyValue): PyValue {
    return retrieve(this.archival_memory, key);
  }

  archival_memory_list_keys(): PyValue {
    return PyDict.of({ keys: [...this.archival_memory.keys()] });
  }

  archival_memory_key_search(query: PyValue, k: PyValue): PyValue {
    return keySearch(this.archival_memory, query, k);
  }
}

function memoryIn(scenario: PyDict, name: string): PyDict {
  const memory = scenario.get(name);
  return memory instanceof PyDict ? memory : new PyDict();
}

function add(memory: PyDict, limits: Limits, givenKey: PyValue, givenValue: PyValue): PyDict {
  const [key, value] = [str(givenKey), str(givenValue)];
  if (memory.size >= limits.entries) return PyDict.of({ error: limits.full });
  if (pyLen(value) > limits.length) return tooLong(limits);
  if (!KEY.test(key)) return PyDict.of({ error: "Key must be in snake_case format and cannot contain spaces." });
  if (memory.has(key)) return PyDict.of({ error: "Key name must be unique." });
  memory.set(key, value);
  return PyDict.of({ status: limits.added });
}

function remove(memory: PyDict, key: PyValue): PyDict {
  if (!contains(memory, key)) return notFound();
  delItem(memory, key);
  return PyDict.of({ status: "Key removed." });
}

function replace(memory: PyDict, limits: Limits, givenKey: PyValue, givenValue: PyValue): PyDict {
  const [key, value] = [str(givenKey), str(givenValue)];
  if (!memory.has(key)) return notFound();
  if (pyLen(value) > limits.length) return tooLong(limits);
  memory.set(key, value);
  return PyDict.of({ status: "Key replaced." });
}

function retrieve(memory: PyDict, key: PyValue): PyDict {
  return contains(memory, key) ? PyDict.of({ value: getItem(memory, key) }) : notFound();
}

/** Keys by their score for the query, best first, equal ones in the order in which they were added. */
function keySearch(memory: PyDict, query: PyValue, k: PyValue): PyDict {
  const keys = [...memory.keys()];
  const documents = keys.map((key) => wordsOf(key));
  // Before the query is looked at: its own error comes second.
  if (documents.length === 0) throw zeroDivisionError("division by zero");
  const scores = bm25PlusScores(documents, wordsOf(query));
  const ranked = keys
    .map((key, index) => ({ key, score: scores[index] ?? 0 }))
    .sort((a, b) => b.score - a.score)
    .map(({ key, score }) => new PyTuple([score, key]));
  return PyDict.of({ ranked_results: getSlice(ranked as PyValue[], null, k) });
}

function wordsOf(text: PyValue): string[] {
  if (typeof text !== "string") throw attributeError(text, "replace");
  return splitWords(lower(text.replaceAll("_", " ")));
}

function tooLong({ length }: Limits): PyDict {
  return PyDict.of({ error: `Entry is too long. Please shorten the entry to less than ${length} characters.` });
}

function notFound(): PyDict {
  return PyDict.of({ error: "Key not found." });
}

export const memoryKv = defineApi("MemoryAPI_kv", (scenario) => new MemoryKv(scenario), {
  archival_memory_add: "(key, value)",
  archival_memory_clear: "()",
  archival_memory_key_search: "(query, k=5)",
  archival_memory_list_keys: "()",
  archival_memory_remove: "(key)",
  archival_memory_replace: "(key, value)",
  archival_memory_retrieve: "(key)",
  core_memory_add: "(key, value)",
  core_memory_clear: "()",
  core_memory_key_search: "(query, k=5)",
  core_memory_list_keys: "()",
  core_memory_remove: "(key)",
  core_memory_replace: "(key, value)",
  core_memory_retrieve: "(key)",
  core_memory_retrieve_all: "()",
});
