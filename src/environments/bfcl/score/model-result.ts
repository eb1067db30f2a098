import { findHermesCalls } from "../actions/hermes.ts";
import type { AnswerOptions } from "../decode/answer.ts";
import { decodeAnswer } from "../decode/answer.ts";
import { type ParameterNames, toCallTexts } from "../decode/python-text.ts";
import type { EngineCall } from "../engine.ts";
import { PyError, valueError } from "../python/errors.ts";
import { loads } from "../python/json.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { getItem, iterate } from "../python/operators.ts";
import { repr, str } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";

/**
 * One answer of a model as `bfcl generate` writes it: a text (of a prompted model, or of one that writes `<tool_call>`
 * tags), or the calls of an API, `[{name: JSON text of the arguments}]`.
 */

/** The calls of an answer, as the handler of such a model decodes it. Throws PyError. */
export function decodeResult(result: PyValue, options: AnswerOptions): PyValue {
  if (typeof result !== "string") return apiCalls(result);
  if (!result.includes(TAG)) return decodeAnswer(result, options);
  if (options.fixed) return anyTagged(result);
  return taggedCalls(result, argumentsOf);
}

/** The calls of an answer as the call text that the multi-turn engine evaluates. Throws PyError. */
export function executable(result: PyValue): string[] {
  if (typeof result !== "string") return apiCalls(result).flatMap((call) => Array.from(call.entries(), callText));
  if (result.includes(TAG)) {
    const calls = taggedCalls(result, (args) => args).flatMap((call) => [...call.entries()]);
    return calls.map(([name, args]) => callText([name, typeof args === "string" ? loads(args) : args]));
  }
  return toCallTexts(decodeAnswer(result, { format: "python" }) as PyDict[]);
}

function argumentsOf(args: PyValue): PyDict {
  if (args instanceof PyDict) return args;
  throw attributeError(args, "items");
}

function callText([name, args]: readonly [PyValue, PyValue]): string {
  const texts = Array.from(argumentsOf(args).entries(), ([key, value]) => `${str(key)}=${repr(value)}`);
  return `${str(name)}(${texts.join(",")})`;
}

/**
 * The calls of an answer as they are meant: positional arguments have the names of their parameters, and values stay what
 * they are, where the call text that the official engine evaluates makes calls of dicts. Throws PyError.
 */
export function meantCalls(result: PyValue, namesOf: ParameterNames): EngineCall[] {
  const calls = decodeResult(result, { format: "python", namesOf, fixed: true });
  return Array.from(iterate(calls), (call) => {
    const [name, args] = call instanceof PyDict ? (call.entries().next().value ?? []) : [];
    if (name === undefined || !(args instanceof PyDict)) throw valueError("the answer holds something that is no call");
    return { name: String(name), args: [], kwargs: Array.from(args.entries(), ([key, item]) => [String(key), item]) };
  });
}

const TAG = "<tool_call>";

/**
 * The calls in `<tool_call>` blocks, `{name: arguments}`, as the official handlers of such models read them: line ends must
 * stand around the JSON, and a block that is no JSON is skipped.
 */
function taggedCalls(text: string, readArguments: (args: PyValue) => PyValue): PyDict[] {
  const [open, close] = [`${TAG}\n`, "\n</tool_call>"];
  const blocks: PyValue[] = [];
  for (let at = text.indexOf(open); at !== -1; at = text.indexOf(open, at)) {
    const start = at + open.length;
    const end = text.indexOf(close, start);
    if (end === -1) break;
    blocks.push(...jsonOf(text.slice(start, end)));
    at = end + close.length;
  }
  if (!blocks.every((block) => block instanceof PyDict)) throw noList(text);
  return blocks.map((call) => PyDict.of([[getItem(call, "name"), readArguments(getItem(call, "arguments"))]]));
}

function jsonOf(text: string): PyValue[] {
  try {
    return [loads(text)];
  } catch (error) {
    if (error instanceof PyError) return [];
    throw error;
  }
}

/** `<tool_call>` blocks as a live step reads them; one that is no JSON is skipped. */
function anyTagged(text: string): PyDict[] {
  return (findHermesCalls(text)?.items ?? []).flatMap((item) => {
    if (item.kind === "call") return [PyDict.of([[item.name, PyDict.of(item.kwargs)]])];
    if (item.officially === "skipped") return [];
    throw noList(text);
  });
}

const noList = (text: string): PyError => valueError(`Model did not return a list of function calls: ${text}`);

function apiCalls(result: PyValue): PyDict[] {
  return Array.from(iterate(result), (call) => {
    if (!(call instanceof PyDict)) throw attributeError(call, "keys");
    const [name, args] = call.entries().next().value ?? [undefined, null];
    if (name === undefined) throw new PyError("IndexError", "list index out of range");
    return PyDict.of([[name, typeof args === "string" ? loads(args) : args]]);
  });
}
