import { literalEval } from "../python/ast/literal-eval.ts";
import { toFloat, toInt } from "../python/builtins.ts";
import { PyError } from "../python/errors.ts";
import type { PyValue } from "../python/values.ts";
import { type ActionItem, type FoundActions, malformed } from "./action.ts";
import { parseXml, type XmlElement, XmlError } from "./xml-tree.ts";

const OPEN = "<functions>";
const CLOSE = "</functions>";

/**
 * The two XML forms that the official decoders know. Verbose: a `<params>` of `<param name value type/>`. Concise:
 * `<param name type>value</param>` directly in the function. A `<param>` with a `value` is read as verbose, any other
 * as concise.
 */
export function findXmlCalls(content: string): FoundActions | null {
  const open = content.indexOf(OPEN);
  if (open === -1) return null;
  const close = content.indexOf(CLOSE, open);
  if (close === -1)
    return { items: [malformed("<functions> was opened and never closed")], text: content.slice(0, open).trim() };
  const end = close + CLOSE.length;
  const text = (content.slice(0, open) + content.slice(end)).trim();
  try {
    const root = parseXml(content.slice(open, end));
    return { items: root.children.filter((child) => child.name === "function").map(readFunction), text };
  } catch (error) {
    if (error instanceof XmlError)
      return { items: [malformed(`the XML of <functions> can't be read: ${error.message}`)], text };
    throw error;
  }
}

function readFunction(element: XmlElement): ActionItem {
  const name = element.attributes.get("name");
  if (name === undefined || name === "") return malformed("a <function> has no name");
  const container = element.children.find((child) => child.name === "params") ?? element;
  const kwargs: [string, PyValue][] = [];
  for (const param of container.children.filter((child) => child.name === "param")) {
    const key = param.attributes.get("name");
    if (key === undefined) return malformed(`${name}: a <param> has no name`);
    const type = param.attributes.get("type") ?? "string";
    const verbose = param.attributes.get("value");
    const raw = verbose ?? (container === element ? param.text.trim() : "");
    try {
      kwargs.push([key, convertXmlValue(raw, type)]);
    } catch (error) {
      if (error instanceof PyError) return malformed(`${name}: ${key} is not of the type ${type}: ${error.message}`);
      throw error;
    }
  }
  return { kind: "call", name, args: [], kwargs, id: null };
}

/** A value by its declared type, as the official decoders convert it; a type they don't know leaves the text. */
export function convertXmlValue(raw: string, type: string): PyValue {
  switch (type) {
    case "integer":
      return toInt(raw);
    case "float":
      return toFloat(raw);
    case "boolean":
      return raw.toLowerCase() === "true";
    case "null":
      return null;
    case "array":
    case "tuple":
    case "object":
    case "dict":
      return literalEval(raw);
    default:
      return raw;
  }
}
