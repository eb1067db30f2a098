import { dumpsIndented } from "../python/json.ts";
import { getItem } from "../python/operators.ts";
import { repr, str } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import type { FormatConfig } from "./config.ts";

/** Function docs in the form that a configuration names, character by character as the official prompt has them. */
export function functionDocs(functions: readonly PyDict[], form: FormatConfig["docs"]): string {
  switch (form) {
    case "json":
      return dumpsIndented([...functions], 4);
    case "xml":
      return functions.map(xmlFunction).join("\n");
    case "python":
      // Every doc is followed by an item that is a line end.
      return functions.flatMap((doc) => [pythonFunction(doc), "\n"]).join("\n\n");
  }
}

const dictAt = (dict: PyDict, key: string): PyDict | null => {
  const value = dict.get(key);
  return value instanceof PyDict ? value : null;
};

function xmlFunction(doc: PyDict): string {
  const parameters = getItem(doc, "parameters") as PyDict;
  const required = parameters.getOr("required", null);
  const params = entriesOf(dictAt(parameters, "properties")).map(([name, meta]) => xmlParam(name, meta, required, 2));
  return (
    `<function name="${str(getItem(doc, "name"))}">\n  <desc>${str(doc.getOr("description", ""))}</desc>\n` +
    `  <params>\n${params.join("")}  </params>\n</function>\n`
  );
}

function xmlParam(name: string, meta: PyDict, required: PyValue, level: number): string {
  const indent = " ".repeat(level * 2);
  const isRequired = required === null || (Array.isArray(required) && required.includes(name));
  const attributes = [`name="${name}", type="${xmlType(meta)}", required="${isRequired}"`];
  if (meta.has("default")) attributes.push(`default="${repr(getItem(meta, "default"))}"`);
  // Every comma goes, those of a default too.
  const open = `${indent}<param ${attributes.join(" ").replaceAll(",", "")}>\n`;
  const nested = dictAt(meta, "properties");
  const own = meta.getOr("required", null);
  const children = entriesOf(nested).map(([child, childMeta]) => xmlParam(child, childMeta, own, level + 2));
  const params = nested === null ? "" : `${indent}  <params>\n${children.join("")}${indent}  </params>\n`;
  return `${open}${indent}  <desc>${description(meta)}</desc>\n${params}${indent}</param>\n`;
}

function xmlType(meta: PyDict): string {
  const type = str(meta.getOr("type", "string"));
  const items = dictAt(meta, "items");
  if (items?.has("type")) return `${type}[${str(getItem(items, "type"))}]`;
  const additional = dictAt(meta, "additionalProperties");
  return additional === null ? type : `${type}[${str(additional.getOr("type", "string"))}]`;
}

function description(meta: PyDict): string {
  const text = str(meta.getOr("description", ""));
  return meta.has("enum") ? `${text} Enum values: ${str(getItem(meta, "enum"))}.` : text;
}

function entriesOf(properties: PyDict | null): [string, PyDict][] {
  return Array.from(properties?.entries() ?? [], ([name, meta]) => [String(name), meta as PyDict]);
}

const DOC_INDENT = 8;

function pythonFunction(doc: PyDict): string {
  const parameters = dictAt(doc, "parameters");
  const params = entriesOf(parameters === null ? null : dictAt(parameters, "properties"));
  const lines = params.flatMap(([name, meta]) => pythonParam(name, meta, DOC_INDENT));
  return (
    `# Function: ${str(getItem(doc, "name"))}\n    """\n    ${str(doc.getOr("description", ""))}\n\n` +
    `${params.length === 0 ? "" : "    Args:\n"}${lines.join("")}    """\n`
  );
}

function pythonParam(name: string, meta: PyDict, indent: number): string[] {
  const preset = meta.has("default") ? `, default=${repr(getItem(meta, "default"))}` : "";
  const line = `${" ".repeat(indent)}${name} (${pythonType(meta)}${preset}): ${description(meta)}\n`;
  const children = entriesOf(dictAt(meta, "properties"));
  return [line, ...children.flatMap(([child, childMeta]) => pythonParam(child, childMeta, indent + 4))];
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: "str",
  number: "float",
  integer: "int",
  boolean: "bool",
};
const LISTS: ReadonlySet<string> = new Set(["array", "list", "tuple"]);
const DICTS: ReadonlySet<string> = new Set(["object", "dict"]);

function pythonType(meta: PyDict): string {
  const type = str(meta.getOr("type", "string"));
  if (Object.hasOwn(PRIMITIVES, type)) return PRIMITIVES[type] ?? type;
  const items = dictAt(meta, "items");
  if (LISTS.has(type) && items !== null) return `list[${pythonType(items)}]`;
  if (!DICTS.has(type)) return type;
  const additional = dictAt(meta, "additionalProperties");
  return additional === null ? "dict" : `dict[str, ${pythonType(additional)}]`;
}
