import { findHermesCalls } from "../actions/hermes.ts";
import type { AnswerOptions } from "../decode/answer.ts";
import { decodeAnswer } from "../decode/answer.ts";
import { type ParameterNames, toCallTexts } from "../decode/python-text.ts";
import type { EngineCall } from "../engine.ts";
import { PyError, valueError } from "../python/errors.ts";
import { loads } from "../python/json.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { iterate } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";

/**
 * One answer of a model as `bfcl generate` writes it: a text (of a prompted model, or of one that writes `<tool_call>`
 * tags), or the calls of an API, `[{name: JSON text of the arguments}]`.
 */

/** The calls of an answer, as the handler of such a model decodes it. Throws PyError. */
export function decodeResult(result: PyValue, options: AnswerOptions): PyValue {
  if (typeof result !== "string") return apiCalls(result);
  return tagged(result) ?? decodeAnswer(result, options);
}

/** The calls of an answer as the call text that the multi-turn engine evaluates. Throws PyError. */
export function executable(result: PyValue): string[] {
  const calls = typeof result === "string" ? tagged(result) : apiCalls(result);
  if (calls === null) return toCallTexts(decodeAnswer(String(result), { format: "python" }) as PyDict[]);
  return calls.flatMap((call) =>
    Array.from(call.entries(), ([name, args]) => {
      if (!(args instanceof PyDict)) throw attributeError(args, "items");
      const texts = Array.from(args.entries(), ([key, value]) => `${String(key)}=${repr(value)}`);
      return `${String(name)}(${texts.join(",")})`;
    }),
  );
}

/**
 * The calls of an answer as they are meant: positional arguments have the names of their parameters, and values stay what
 * they are, where the call text that the official engine evaluates makes calls of dicts. Throws PyError.
 */
export function meantCalls(result: PyValue, namesOf: ParameterNames): EngineCall[] {
  const calls = decodeResult(result, { format: "python", namesOf });
  return Array.from(iterate(calls), (call) => {
    const [name, args] = call instanceof PyDict ? (call.entries().next().value ?? []) : [];
    if (name === undefined || !(args instanceof PyDict)) throw valueError("the answer holds something that is no call");
    return { name: String(name), args: [], kwargs: Array.from(args.entries(), ([key, item]) => [String(key), item]) };
  });
}

/** `<tool_call>` blocks; one that is no JSON is skipped. Null for a text that has no such tag. */
function tagged(text: string): PyDict[] | null {
  const found = findHermesCalls(text);
  if (found === null) return null;
  return found.items.flatMap((item) => {
    if (item.kind === "call") return [PyDict.of([[item.name, PyDict.of(item.kwargs)]])];
    if (item.officially === "skipped") return [];
    throw valueError(`Model did not return a list of function calls: ${text}`);
  });
}

function apiCalls(result: PyValue): PyDict[] {
  return Array.from(iterate(result), (call) => {
    if (!(call instanceof PyDict)) throw attributeError(call, "keys");
    const [name, args] = call.entries().next().value ?? [undefined, null];
    if (name === undefined) throw new PyError("IndexError", "list index out of range");
    return PyDict.of([[name, typeof args === "string" ? loads(args) : args]]);
  });
}
