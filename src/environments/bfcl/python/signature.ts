import { typeError } from "./errors.ts";
import { parseParameters } from "./parse.ts";
import { deepCopy, type PyValue } from "./values.ts";

/** The parameters of a method without `self`: names, and the defaults of the last of them. */
export interface Signature {
  readonly names: readonly string[];
  /** Parameters without a default. */
  readonly required: number;
  /** Defaults of `names.slice(required)`. */
  readonly defaults: readonly PyValue[];
}

/** Reads parameters as Python writes them: "(file_name, lines=10)". */
export function signature(text: string): Signature {
  const parameters = parseParameters(text);
  const required = parameters.filter(([, value]) => value === undefined).length;
  const defaults = parameters.flatMap(([, value]) => (value === undefined ? [] : [value]));
  return { names: parameters.map(([name]) => name), required, defaults };
}

/** The defaults as one instance owns them: a mutable one is shared by its calls, as in Python, and by nobody else. */
export function makeDefaults({ defaults }: Signature): readonly PyValue[] {
  return defaults.map(deepCopy);
}

/**
 * The arguments of a method call in the order of its parameters. Throws TypeError with CPython 3.11's text, in its order
 * of checks; `self` counts where positional arguments are counted.
 */
export function bind(
  callable: string,
  { names, required }: Signature,
  args: readonly PyValue[],
  kwargs: readonly (readonly [string, PyValue])[],
  defaults: readonly PyValue[],
): PyValue[] {
  const bound: (PyValue | undefined)[] = args.slice(0, names.length);
  for (const [name, value] of kwargs) {
    const index = names.indexOf(name);
    if (index < 0) {
      if (name === "self") throw typeError(`${callable}() got multiple values for argument 'self'`);
      throw typeError(`${callable}() got an unexpected keyword argument '${name}'`);
    }
    if (bound[index] !== undefined) throw typeError(`${callable}() got multiple values for argument '${name}'`);
    bound[index] = value;
  }
  if (args.length > names.length) throw tooMany(callable, names, required, args.length);
  const missing = names.filter((_, index) => index < required && bound[index] === undefined);
  if (missing.length > 0) throw tooFew(callable, missing);
  return names.map((_, index) => {
    const value = bound[index];
    return value === undefined ? (defaults[index - required] ?? null) : value;
  });
}

function tooMany(callable: string, names: readonly string[], required: number, given: number): Error {
  const takes = names.length + 1;
  const range = required < names.length ? `from ${required + 1} to ${takes}` : `${takes}`;
  const plural = required < names.length || takes !== 1 ? "s" : "";
  return typeError(`${callable}() takes ${range} positional argument${plural} but ${given + 1} were given`);
}

function tooFew(callable: string, missing: readonly string[]): Error {
  const quoted = missing.map((name) => `'${name}'`);
  const last = quoted.at(-1) ?? "";
  const list =
    quoted.length === 1
      ? last
      : quoted.length === 2
        ? quoted.join(" and ")
        : `${quoted.slice(0, -1).join(", ")}, and ${last}`;
  const plural = missing.length === 1 ? "" : "s";
  return typeError(`${callable}() missing ${missing.length} required positional argument${plural}: ${list}`);
}
