import { PyError, typeError } from "../python/errors.ts";
import { loads } from "../python/json.ts";
import { keyError } from "../python/lookup-errors.ts";
import { iterate } from "../python/operators.ts";
import { isSpace } from "../python/strings.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { nestedListEnd } from "./nested-list.ts";

const LIST = { innerOpen: "{", innerClose: "}", close: "]", overLines: true };

/**
 * The JSON form, `[{"function": name, "parameters": {...}}]` somewhere in a text. Text that is no JSON is no call; an
 * object that lacks a key is an error. Throws PyError.
 */
export function decodeJson(text: string, { fixed }: { readonly fixed: boolean }): PyValue[] {
  const first = text.indexOf("[");
  const last = text.lastIndexOf("]");
  const list = first !== -1 && last > first ? text.slice(first, last + 1) : text;
  const json = read(listOfObjects(list, fixed));
  if (json === undefined) return [];
  const calls: PyValue[] = [];
  for (const call of iterate(json)) {
    if (!(call instanceof PyDict)) continue;
    const name = call.get("function");
    if (name === undefined) throw keyError("function");
    const parameters = call.get("parameters");
    if (parameters === undefined) throw keyError("parameters");
    if (Array.isArray(name) || name instanceof PyDict) {
      throw typeError(`unhashable type: '${Array.isArray(name) ? "list" : "dict"}'`);
    }
    calls.push(PyDict.of([[name, parameters]]));
  }
  return calls;
}

/**
 * The part of the text that looks like a list of objects, or the whole of it. To the official parser it ends at the first
 * `}]`, which may stand inside of a call.
 */
function listOfObjects(text: string, fixed: boolean): string {
  for (let at = text.indexOf("["); at !== -1; at = text.indexOf("[", at + 1)) {
    let open = at + 1;
    while (isSpace(text.charCodeAt(open))) open++;
    if (text[open] !== "{") continue;
    if (fixed) return text.slice(at);
    // Where the first one does not end, no later one does: its parts may run over them.
    const end = nestedListEnd(text, at + 1, LIST);
    return end === -1 ? text : text.slice(at, end);
  }
  return text;
}

function read(text: string): PyValue | undefined {
  try {
    return loads(text);
  } catch (error) {
    if (error instanceof PyError && error.kind === "ValueError") return undefined;
    throw error;
  }
}
