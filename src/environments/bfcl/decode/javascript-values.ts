import { toFloat, toInt } from "../python/builtins.ts";
import { PyError, valueError } from "../python/errors.ts";
import { strip } from "../python/strings.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { nestedListEnd } from "./nested-list.ts";
import { D, DOT, END, S } from "./python-regex.ts";
import { inner, isQuoted, MAX_CONVERTED, numberOrText, stripped } from "./value-text.ts";

const INTEGER = new RegExp(`^-?${D}+${END}`, "u");
const FLOAT = new RegExp(`^-?${D}+(?:\\.${D}+)?${END}`, "u");
const BIGINT = new RegExp(`^-?${D}+n${END}`, "u");
const NEW_ARRAY = new RegExp(`^new${S}+Array\\(`, "u");
const ARRAY = new RegExp(`^(?:\\[(${DOT}*?)\\]|new${S}+Array\\((${DOT}*?)\\))`, "u");
const INNER_ARRAY = new RegExp(`\\[(${DOT}*?)\\]`, "gu");
const OBJECT = new RegExp(`^\\{(${DOT}*?)\\}`, "u");
const PAIR = new RegExp(`([^:]+):${S}*(${DOT}*?)(?:,${S}*(?=[^,]+:)|${END})`, "gu");

/** The Python type that a value of a JavaScript type becomes. */
export const JAVASCRIPT_TYPES: Readonly<Record<string, string>> = {
  String: "str",
  integer: "int",
  float: "float",
  Bigint: "int",
  Boolean: "bool",
  dict: "dict",
  array: "list",
  any: "str",
};

/**
 * The source text of a JavaScript value as the Python value of its declared type, as the official js_type_converter
 * makes it: text that is no value of the type stays text. Throws PyError (ValueError) on a type that it does not know.
 */
export function javascriptValue(text: string, type: string, nested: string | null): PyValue {
  switch (type) {
    case "String":
      return isQuoted(text, '"') || isQuoted(text, "'") ? inner(text) : text;
    case "integer":
      return INTEGER.test(text) ? toInt(text) : text;
    case "float":
      return FLOAT.test(text) ? toFloat(text) : text;
    case "Bigint":
      return BIGINT.test(text) ? bigint(text) : text;
    case "Boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "dict":
      return text.length > MAX_CONVERTED ? text : objectOf(stripped(text));
    case "array":
      return text.length > MAX_CONVERTED ? text : arrayOf(stripped(text), nested);
    case "any":
      return text;
    default:
      throw valueError(`Unsupported type: ${type}`);
  }
}

/** int(text[:-1]): of a text with a line feed after its `n`, the `n` is left and is no digit. */
function bigint(text: string): PyValue {
  return toInt(Array.from(text).slice(0, -1).join(""));
}

/** A text that cannot be read as an array stays as it is. */
function arrayOf(code: string, nested: string | null): PyValue {
  try {
    return rows(code) ?? elements(code, nested) ?? code;
  } catch (error) {
    if (error instanceof PyError) return code;
    throw error;
  }
}

/** An array of arrays. */
function rows(code: string): PyValue[] | null {
  const form = { innerOpen: "[", innerClose: "]", overLines: false };
  const prefix = NEW_ARRAY.exec(code)?.[0].length;
  const end = code.startsWith("[")
    ? nestedListEnd(code, 1, { ...form, close: "]" })
    : prefix === undefined
      ? -1
      : nestedListEnd(code, prefix, { ...form, close: ")" });
  if (end === -1) return null;
  return Array.from(code.slice(0, end).matchAll(INNER_ARRAY), ([, found = ""], index) => {
    const row = stripped(found);
    const items = index === 0 && row.startsWith("[") ? row.slice(1) : row;
    return items.split(",").map((item) => literal(stripped(item)));
  });
}

function elements(code: string, nested: string | null): PyValue[] | null {
  const match = ARRAY.exec(code);
  if (match === null) return null;
  const source = stripped(match[1] ?? match[2] ?? "");
  if (source === "") return [];
  return source.split(",").map((each) => {
    const item = stripped(each);
    if (nested === null) return literal(item);
    return javascriptValue(item, nested, item.startsWith("'") || item.startsWith('"') ? "String" : null);
  });
}

function objectOf(code: string): PyValue {
  if (code === "{}") return new PyDict();
  const content = OBJECT.exec(code)?.[1];
  if (content === undefined) return code;
  const dict = new PyDict();
  try {
    for (const [, name = "", source = ""] of content.matchAll(PAIR)) {
      const value = stripped(source);
      dict.set(strip(stripped(name), "'\"", true, true), property(value));
    }
  } catch (error) {
    if (error instanceof PyError) return code;
    throw error;
  }
  return dict;
}

function property(value: string): PyValue {
  if (value.startsWith("[") && value.endsWith("]")) return arrayOf(value, null);
  if (value.startsWith("{") && value.endsWith("}")) return objectOf(value);
  return literal(strip(value, "'\"", true, true));
}

/** A value whose type nobody says. */
function literal(source: string): PyValue {
  const text = stripped(source);
  if (text === "true" || text === "false") return text === "true";
  return isQuoted(text, '"') || isQuoted(text, "'") ? inner(text) : numberOrText(text);
}
