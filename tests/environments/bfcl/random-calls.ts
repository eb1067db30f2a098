import { apiDefinition } from "../../../src/environments/bfcl/apis/classes.ts";
import type { BfclData, MultiTurnTask } from "../../../src/environments/bfcl/data/types.ts";
import { parseCall } from "../../../src/environments/bfcl/python/parse.ts";
import { repr } from "../../../src/environments/bfcl/python/repr.ts";
import { PyDict, type PyValue } from "../../../src/environments/bfcl/python/values.ts";

/** Numbers in [0, 1) that a seed decides: a failing run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that programs stumble over, beside those that the task itself holds. */
const ODD: readonly PyValue[] = [
  null,
  true,
  false,
  0n,
  1n,
  -1n,
  3n,
  17n,
  100n,
  12345678901234567890n,
  0,
  1,
  -0.5,
  2.675,
  1e16,
  1e-7,
  150.25,
  "",
  ".",
  "..",
  "/",
  "a/b",
  " ",
  "é",
  "😀 ok",
  'it\'s "q"',
  "line1\nline2\tTab",
  "use ls (x)",
  "no_name (y)",
  "2024-1-5",
  "2024-11-16",
  "10:61",
  "abc",
  "12345",
  "first",
  "driver",
  "AAPL",
  "RMS",
  "economy",
  "START",
  [],
  ["a", "b"],
  [1n, 2.5, "x"],
  [true],
  new PyDict(),
];

/** Parameters that decide how long the official engine computes: it has no bounds, and would not come back. */
const WORK: ReadonlySet<string> = new Set(["precision", "exponent"]);
const HEAVY: ReadonlySet<string> = new Set(["logarithm", "square_root", "power"]);
const SMALL: readonly PyValue[] = [0n, 1n, 2n, 5n, 30n, -1n, 0.5, 1.75, "2", true, null];

interface KnownCall {
  readonly name: string;
  readonly args: readonly PyValue[];
  readonly kwargs: readonly (readonly [string, PyValue])[];
}

/** Random calls to the classes of a task: calls of the ground truth (any task's), changed ones and made up ones. */
export class CallMaker {
  readonly #random: () => number;
  readonly #known = new Map<string, KnownCall[]>();

  constructor(tasks: readonly MultiTurnTask[], random: () => number) {
    this.#random = random;
    for (const task of tasks) {
      for (const text of task.ground_truth.flat()) {
        const call = parseCall(text);
        this.#known.set(call.name, [...(this.#known.get(call.name) ?? []), call]);
      }
    }
  }

  /** `count` call texts for a task. */
  calls(task: MultiTurnTask, count: number): string[] {
    const methods = task.involved_classes.flatMap((name) =>
      [...apiDefinition(name).methods.keys()].map((method) => ({ name, method })),
    );
    const values = [...ODD, ...scalars(task.initial_config)];
    return Array.from({ length: count }, () => {
      const { name, method } = this.pick(methods);
      const known = this.#known.get(method);
      const kind = this.#random();
      if (known === undefined || kind < 0.3) return this.#madeUp(name, method, values);
      return callText(kind < 0.65 ? this.pick(known) : this.changed(this.pick(known), values));
    });
  }

  /** A call with one of its arguments replaced. */
  changed(call: KnownCall, values: readonly PyValue[] = ODD): KnownCall {
    const at = Math.floor(this.#random() * (call.args.length + call.kwargs.length));
    return {
      name: call.name,
      // Which parameter a positional argument is for is not known here: it may be one that decides the work.
      args: call.args.map((arg, index) => (index === at ? this.pick(HEAVY.has(call.name) ? SMALL : values) : arg)),
      kwargs: call.kwargs.map(
        ([key, arg], index) => [key, index + call.args.length === at ? this.#value(key, values) : arg] as const,
      ),
    };
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#random() * from.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  #value(parameter: string, values: readonly PyValue[]): PyValue {
    return this.pick(WORK.has(parameter) ? SMALL : values);
  }

  #madeUp(className: string, method: string, values: readonly PyValue[]): string {
    const names = apiDefinition(className).methods.get(method)?.names ?? [];
    const kwargs = names.filter(() => this.#random() < 0.85).map((name) => [name, this.#value(name, values)] as const);
    const odd = this.#random() < 0.05 ? [["bogus", this.pick(values)] as const] : [];
    return callText({ name: method, args: [], kwargs: [...kwargs, ...odd] });
  }
}

export function callText({ name, args, kwargs }: KnownCall): string {
  return `${name}(${[...args.map((arg) => repr(arg)), ...kwargs.map(([key, value]) => `${key}=${repr(value)}`)].join(", ")})`;
}

/** Every task that a set of data has in the multi-turn categories. */
export function multiTurnTasks(data: BfclData): MultiTurnTask[] {
  return data
    .rows("all", {})
    .map((row) => data.task(row.task_id))
    .filter((task) => task.kind === "multi_turn");
}

/** Texts and numbers in a configuration, its keys among them: values that a method will find. */
function scalars(value: PyValue): PyValue[] {
  if (value instanceof PyDict) return [...value.entries()].flatMap(([key, item]) => [key, ...scalars(item)]);
  if (Array.isArray(value)) return value.flatMap(scalars);
  return typeof value === "string" && value.length > 200 ? [] : [value];
}
