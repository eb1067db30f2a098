import { createHash } from "node:crypto";
import { Directory, File } from "./apis/file-tree.ts";
import type { Engine } from "./engine.ts";
import { dumps } from "./python/json.ts";
import { repr } from "./python/repr.ts";
import { PyDict, PySet, PyTuple, type PyValue, typeName } from "./python/values.ts";

/**
 * A state in plain lists, dicts and scalars: `{"<file>", content}`, `{"<dir>", contents}`, `{"<set>": sorted}`, an int
 * key as `"<int>5"`, a directory inside itself as `{"<dir>", "<cycle>"}`, anything else as `{"<repr>"}`.
 */
export function canon(value: PyValue, within: readonly PyDict[] = []): PyValue {
  if (value instanceof File)
    return PyDict.of([
      ["<file>", value.name],
      ["content", canon(value.content)],
    ]);
  if (value instanceof Directory) return canonDirectory(value, within);
  if (value instanceof PyDict) {
    const made = new PyDict();
    for (const [key, item] of value.entries()) made.set(canonKey(key), canon(item));
    return made;
  }
  if (Array.isArray(value)) return value.map((item) => canon(item));
  if (value instanceof PyTuple) return value.items.map((item) => canon(item));
  if (value instanceof PySet)
    return PyDict.of([["<set>", sortedByRepr([...value.values()].map((item) => canon(item)))]]);
  if (value === null || typeof value !== "object") return value;
  return PyDict.of([["<repr>", repr(value)]]);
}

/** The public state of every class of an engine. */
export function canonState(engine: Engine): PyDict {
  const state = new PyDict();
  for (const className of engine.classes) {
    const attributes = new PyDict();
    for (const [name, value] of engine.publicState(className)) attributes.set(name, canon(value));
    state.set(className, attributes);
  }
  return state;
}

/** sha256 of the state as JSON with sorted keys, in hex. */
export function stateSha256(engine: Engine): string {
  return createHash("sha256")
    .update(dumps(canonState(engine), { sortKeys: true }))
    .digest("hex");
}

function canonDirectory(directory: Directory, within: readonly PyDict[]): PyDict {
  const { contents } = directory;
  if (within.includes(contents))
    return PyDict.of([
      ["<dir>", directory.name],
      ["<cycle>", true],
    ]);
  const made = new PyDict();
  for (const [key, item] of contents.entries()) made.set(key, canon(item, [...within, contents]));
  return PyDict.of([
    ["<dir>", directory.name],
    ["contents", made],
  ]);
}

function canonKey(key: PyValue): string {
  return typeof key === "string" ? key : `<${typeName(key)}>${repr(key)}`;
}

function sortedByRepr(items: PyValue[]): PyValue[] {
  const keyed = items.map((item) => ({ item, key: repr(item) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ item }) => item);
}
