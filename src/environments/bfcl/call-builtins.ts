import { abs, max, min, round, sorted, sum, toFloat, toInt } from "./python/builtins.ts";
import { typeError } from "./python/errors.ts";
import { dumps, loads } from "./python/json.ts";
import { len } from "./python/operators.ts";
import { repr, str } from "./python/repr.ts";
import type { PyValue } from "./python/values.ts";

type Builtin = (args: readonly PyValue[]) => PyValue;

/**
 * Python builtins that a call text reaches in the official engine (it evaluates the text inside a module). Those that
 * only compute are answered alike; any other name is not defined here, whatever it would do to the official process.
 */
const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["print", () => null],
  ["len", exactly("len", len)],
  ["abs", exactly("abs", abs)],
  ["repr", exactly("repr", repr)],
  ["str", (args) => (args.length === 0 ? "" : str(args[0] ?? null))],
  ["int", (args) => (args.length === 0 ? 0n : toInt(args[0] ?? null))],
  ["float", (args) => (args.length === 0 ? 0 : toFloat(args[0] ?? null))],
  ["round", (args) => (args.length > 1 ? round(args[0] ?? null, args[1] ?? null) : round(args[0] ?? null))],
  ["sum", exactly("sum", sum)],
  ["sorted", exactly("sorted", (value) => sorted(value))],
  ["min", (args) => min(args.length === 1 ? (args[0] ?? null) : [...args])],
  ["max", (args) => max(args.length === 1 ? (args[0] ?? null) : [...args])],
  ["json.dumps", exactly("dumps", (value) => dumps(value))],
  ["json.loads", exactly("loads", (value) => (typeof value === "string" ? loads(value) : notText(value)))],
]);

/** The value of a builtin call, or undefined when no builtin of that name is known. Throws PyError as the builtin does. */
export function callBuiltin(
  name: string,
  args: readonly PyValue[],
  kwargs: readonly (readonly [string, PyValue])[],
): PyValue | undefined {
  const builtin = BUILTINS.get(name);
  if (builtin === undefined) return undefined;
  if (kwargs.length > 0 && name !== "print") throw typeError(`${name}() takes no keyword arguments`);
  return builtin(args);
}

function exactly(name: string, run: (value: PyValue) => PyValue): Builtin {
  return (args) => {
    if (args.length !== 1) throw typeError(`${name}() takes exactly one argument (${args.length} given)`);
    return run(args[0] ?? null);
  };
}

function notText(value: PyValue): never {
  throw typeError(`the JSON object must be str, bytes or bytearray, not ${value === null ? "NoneType" : typeof value}`);
}
