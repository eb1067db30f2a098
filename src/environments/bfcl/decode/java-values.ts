import { toFloat, toInt } from "../python/builtins.ts";
import { PyError, valueError } from "../python/errors.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { D, DOT, END, S, W } from "./python-regex.ts";
import { inner, isQuoted, MAX_CONVERTED, numberOrText, stripped } from "./value-text.ts";

export interface ConvertOptions {
  /**
   * Take the quotes from the strings and characters of an array, as is done with those of a list, and read items of any
   * type as what they are.
   */
  readonly readItems: boolean;
}

const OFFICIAL: ConvertOptions = { readItems: false };

const INTEGER = new RegExp(`^-?${D}+${END}`, "u");
const DOUBLE = new RegExp(`^-?${D}+(?:\\.${D}+)?(?:[eE][+-]?${D}+)?${END}`, "u");
const FLOAT = new RegExp(`^-?${D}+(?:\\.${D}+)?(?:[eE][+-]?${D}+)?[fF]${END}`, "u");
const LONG = new RegExp(`^-?${D}+[lL]${END}`, "u");
/** A suffix as `re.sub("[fF]$", "")` finds it, before a line feed that ends the text too. */
const FLOAT_SUFFIX = new RegExp(`[fF]${END}`, "u");
const LONG_SUFFIX = new RegExp(`[lL]${END}`, "u");

const LIST_OF = new RegExp(`new${S}+ArrayList<${W}*>\\(Arrays\\.asList\\((${DOT}+?)\\)\\)`, "u");
const LIST_WITH_ADDS = new RegExp(`new${S}+ArrayList<${W}*>\\(\\)${S}*\\{\\{${S}*(.+?)${S}*\\}\\}`, "su");
const ADD = new RegExp(`add\\((${DOT}+?)\\)`, "gu");
const EMPTY_LIST = new RegExp(`new${S}+ArrayList<${W}*>\\(\\)`, "u");
const ARRAY = new RegExp(`new${S}+${W}+\\[\\]${S}*\\{(${DOT}*?)\\}`, "u");
const MAP = new RegExp(`new${S}+HashMap<.*?>${S}*\\(\\)${S}*\\{${S}*\\{?${S}*(.*?)${S}*\\}?${S}*\\}`, "su");
const PUT = new RegExp(`put\\("(${DOT}*?)",${S}*(${DOT}*?)\\)`, "gu");
const EMPTY_MAP = new RegExp(`new${S}+HashMap<.*?>${S}*\\(\\)`, "su");

/** The Python type that a value of a Java type becomes. */
export const JAVA_TYPES: Readonly<Record<string, string>> = {
  byte: "int",
  short: "int",
  integer: "int",
  float: "float",
  double: "float",
  long: "int",
  boolean: "bool",
  char: "str",
  Array: "list",
  ArrayList: "list",
  Set: "set",
  HashMap: "dict",
  Hashtable: "dict",
  Queue: "list",
  Stack: "list",
  String: "str",
  any: "str",
};

/**
 * The source text of a Java value as the Python value of its declared type, as the official java_type_converter makes it:
 * text that is no value of the type stays text. Throws PyError on a type that it does not convert.
 */
export function javaValue(text: string, type: string, nested: string | null, options = OFFICIAL): PyValue {
  if (!Object.hasOwn(JAVA_TYPES, type)) throw valueError(`Unsupported type: ${type}`);
  switch (type) {
    case "byte":
    case "short":
    case "integer":
      return INTEGER.test(text) ? toInt(text) : text;
    case "float":
      return FLOAT.test(text) ? toFloat(text.replace(FLOAT_SUFFIX, "")) : text;
    case "double":
      return DOUBLE.test(text) ? toFloat(text) : text;
    case "long":
      return LONG.test(text) ? toInt(text.replace(LONG_SUFFIX, "")) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "ArrayList":
      return text.length > MAX_CONVERTED ? text : listOf(text, nested, options);
    case "Array":
      return text.length > MAX_CONVERTED ? text : arrayOf(text, nested, options);
    case "HashMap":
      return text.length > MAX_CONVERTED ? text : mapOf(text);
    case "Set":
    case "Hashtable":
      throw new PyError("NotImplementedError", "Set conversion is not implemented");
    case "Queue":
    case "Stack":
      throw new PyError("NotImplementedError", `${type} conversion is not implemented`);
    default:
      return text;
  }
}

function listOf(text: string, nested: string | null, options: ConvertOptions): PyValue {
  const element = (each: string): PyValue => {
    const source = stripped(each);
    return isText(nested) ? inner(source) : item(source, nested, options);
  };
  const listed = LIST_OF.exec(text)?.[1];
  if (listed !== undefined) return listed.split(",").map(element);
  const adds = LIST_WITH_ADDS.exec(text)?.[1];
  if (adds !== undefined) return Array.from(adds.matchAll(ADD), ([, argument]) => element(argument ?? ""));
  return EMPTY_LIST.test(text) ? [] : text;
}

function arrayOf(text: string, nested: string | null, options: ConvertOptions): PyValue {
  const listed = ARRAY.exec(text)?.[1];
  if (listed === undefined) return text;
  const sources = listed.split(",").map(stripped);
  return sources
    .filter((source) => source !== "")
    .map((source) => (options.readItems && isText(nested) ? withoutQuotes(source) : item(source, nested, options)));
}

function mapOf(text: string): PyValue {
  const puts = MAP.exec(text)?.[1];
  if (puts === undefined) return EMPTY_MAP.test(text) ? new PyDict() : text;
  const map = new PyDict();
  for (const [, key, value] of puts.matchAll(PUT)) map.set(key ?? "", javaLiteral(stripped(value ?? "")));
  return map;
}

const isText = (nested: string | null): boolean => nested === "char" || nested === "String";

function item(source: string, nested: string | null, options: ConvertOptions): PyValue {
  if (nested === null || (options.readItems && nested === "any")) return javaLiteral(source);
  return javaValue(source, nested, null, options);
}

function withoutQuotes(source: string): string {
  return source.length > 1 && (isQuoted(source, '"') || isQuoted(source, "'")) ? inner(source) : source;
}

/** A value whose type nobody says. */
function javaLiteral(text: string): PyValue {
  if (text === "true" || text === "false") return text === "true";
  if (isQuoted(text, '"')) return inner(text);
  if (LONG.test(text)) return toInt(Array.from(text).slice(0, -1).join(""));
  if (FLOAT.test(text)) return toFloat(text.replace(FLOAT_SUFFIX, ""));
  return numberOrText(text);
}
