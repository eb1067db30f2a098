import { PyError } from "../python/errors.ts";
import { loads } from "../python/json.ts";
import { PyDict, type PyValue, typeName } from "../python/values.ts";

/** Arguments by name, or why they can't be read. `json` tells text that is no JSON from JSON of the wrong shape. */
export type ReadArguments =
  | { readonly ok: true; readonly kwargs: readonly (readonly [string, PyValue])[] }
  | { readonly ok: false; readonly message: string };

/** JSON text as Python reads it (5 is an int, 5.0 a float, NaN is allowed), or the decoder's message. */
export function readJson(text: string): { ok: true; value: PyValue } | { ok: false; message: string } {
  try {
    return { ok: true, value: loads(text) };
  } catch (error) {
    if (error instanceof PyError) return { ok: false, message: error.message };
    throw error;
  }
}

/** `arguments` of a call: an object, or JSON text of one (OpenAI's form). Text without content means no arguments. */
export function readArguments(value: PyValue): ReadArguments {
  let object = value;
  if (typeof value === "string") {
    if (value.trim() === "") return { ok: true, kwargs: [] };
    const read = readJson(value);
    if (!read.ok) return { ok: false, message: `the arguments are not valid JSON: ${read.message}` };
    object = read.value;
  }
  if (!(object instanceof PyDict)) {
    return { ok: false, message: `the arguments must be a JSON object, not ${typeName(object)}` };
  }
  const kwargs: [string, PyValue][] = [];
  for (const [key, argument] of object.entries()) kwargs.push([String(key), argument]);
  return { ok: true, kwargs };
}
