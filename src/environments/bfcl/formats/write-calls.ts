import { dumps } from "../python/json.ts";
import { repr, str } from "../python/repr.ts";
import { PyDict, PyTuple, type PyValue } from "../python/values.ts";
import type { FormatConfig } from "./config.ts";

/** Calls in the form that a configuration asks for. */
export function formatted(
  calls: readonly PyDict[],
  { return_format, tag }: Pick<FormatConfig, "return_format" | "tag">,
): string {
  const text = write(calls, return_format);
  return tag ? `<TOOLCALL>${text}</TOOLCALL>` : text;
}

function write(calls: readonly PyDict[], form: FormatConfig["return_format"]): string {
  switch (form) {
    case "python":
      return `[${calls.map((call) => each(call, pythonCall)).join(", ")}]`;
    case "json":
      return `\`\`\`json\n${dumps(calls.map((call) => PyDict.of({ function: nameOf(call), parameters: argumentsOf(call) })))}\n\`\`\``;
    case "verbose_xml":
      return `<functions>${calls.map((call) => each(call, verboseFunction)).join("")}</functions>`;
    case "concise_xml":
      return `<functions>${calls.map((call) => each(call, conciseFunction)).join("")}</functions>`;
  }
}

const nameOf = (call: PyDict): string => str(call.keys().next().value ?? null);
const argumentsOf = (call: PyDict): PyValue => call.values().next().value ?? new PyDict();

function each(call: PyDict, writeCall: (name: string, args: readonly [string, PyValue][]) => string): string {
  const args = argumentsOf(call);
  return writeCall(nameOf(call), args instanceof PyDict ? Array.from(args.entries(), ([k, v]) => [str(k), v]) : []);
}

function pythonCall(name: string, args: readonly [string, PyValue][]): string {
  return `${name}(${args.map(([key, value]) => `${key}=${repr(value)}`).join(", ")})`;
}

function verboseFunction(name: string, args: readonly [string, PyValue][]): string {
  const params = args.map(
    ([key, value]) => `<param name="${escapeXml(key)}" value="${escapeXml(str(value))}" type="${typeOf(value)}"/>`,
  );
  return `<function name="${escapeXml(name)}"><params>${params.join("")}</params></function>`;
}

function conciseFunction(name: string, args: readonly [string, PyValue][]): string {
  const params = args.map(
    ([key, value]) => `<param name="${escapeXml(key)}" type="${typeOf(value)}">${escapeXml(str(value))}</param>`,
  );
  return `<function name="${escapeXml(name)}">${params.join("")}</function>`;
}

function typeOf(value: PyValue): string {
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return "float";
  if (typeof value === "boolean") return "boolean";
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (value instanceof PyTuple) return "tuple";
  return Array.isArray(value) ? "array" : "dict";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"\n\t]/g, (char) => ENTITIES[char] ?? char);
}
