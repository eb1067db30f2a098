import type { JsonObject, Tool } from "../../../protocol/messages.ts";
import { dumps } from "../python/json.ts";
import { PyDict, type PyValue } from "../python/values.ts";

/** JSON Schema types for the type names of the official docs, as the official handlers map them. */
const TYPES: Readonly<Record<string, string>> = {
  integer: "integer",
  number: "number",
  float: "number",
  string: "string",
  boolean: "boolean",
  bool: "boolean",
  array: "array",
  list: "array",
  dict: "object",
  object: "object",
  tuple: "array",
  any: "string",
  byte: "integer",
  short: "integer",
  long: "integer",
  double: "number",
  char: "string",
  ArrayList: "array",
  Array: "array",
  HashMap: "object",
  Hashtable: "object",
  Queue: "array",
  Stack: "array",
  Any: "string",
  String: "string",
  Bigint: "integer",
};

/**
 * An official function doc as an OpenAI tool. Types are mapped as the official handlers do (a float says so in its
 * description); the doc's `response` is left out, since no chat template or API has a place for it.
 */
export function toOpenAiTool(doc: PyDict): Tool {
  return plain(openAiDict(doc)) as unknown as Tool;
}

/** The text that a chat template prints for the tool (`tool | tojson`): json.dumps, ints and floats kept. */
export function toolJson(doc: PyDict): string {
  return dumps(openAiDict(doc));
}

function openAiDict(doc: PyDict): PyDict {
  const name = String(doc.get("name") ?? "").replaceAll(".", "_");
  const parameters = PyDict.of(
    doc.get("parameters") instanceof PyDict ? (doc.get("parameters") as PyDict).entries() : [],
  );
  parameters.set("type", "object");
  const properties = parameters.get("properties");
  if (properties instanceof PyDict) parameters.set("properties", castProperties(properties));
  const description = doc.get("description") ?? "";
  return PyDict.of({ type: "function", function: PyDict.of({ name, description, parameters }) });
}

function castProperties(properties: PyDict): PyDict {
  return PyDict.of(
    Array.from(properties.entries(), ([name, value]) => [name, value instanceof PyDict ? castProperty(value) : value]),
  );
}

function castProperty(given: PyDict): PyDict {
  const property = given.copy();
  const type = given.get("type");
  if (type === "float") {
    property.set("format", "float");
    property.set("description", `${property.get("description") ?? ""} This is a float type value.`);
  }
  const mapped = typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  property.set("type", mapped ?? "string");
  if (mapped !== "array" && mapped !== "object") return property;
  const nested = property.get("properties");
  const items = property.get("items");
  if (nested instanceof PyDict) property.set("properties", castProperties(nested));
  else if (items instanceof PyDict) property.set("items", castItems(items));
  return property;
}

/** The items of an array: their type is mapped, without the word about floats that a property gets. */
function castItems(given: PyDict): PyDict {
  const items = given.copy();
  const type = given.get("type");
  const mapped = typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (mapped !== undefined) items.set("type", mapped);
  const inner = items.get("items");
  const nested = items.get("properties");
  if (mapped === "array" && inner instanceof PyDict) items.set("items", castItems(inner));
  else if (mapped === "object" && nested instanceof PyDict) items.set("properties", castProperties(nested));
  return items;
}

/** A Python value of the docs as JSON. */
export function plain(value: PyValue): JsonObject[string] {
  if (value instanceof PyDict)
    return Object.fromEntries(Array.from(value.entries(), ([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value !== null) throw new Error("the official docs hold JSON values only");
  return value;
}
