import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as builtins from "../../../../src/environments/bfcl/python/builtins.ts";
import { strptime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { PyError } from "../../../../src/environments/bfcl/python/errors.ts";
import { format } from "../../../../src/environments/bfcl/python/format.ts";
import { dumps, loads } from "../../../../src/environments/bfcl/python/json.ts";
import { callMethod } from "../../../../src/environments/bfcl/python/methods.ts";
import * as operators from "../../../../src/environments/bfcl/python/operators.ts";
import { parseLiteral } from "../../../../src/environments/bfcl/python/parse.ts";
import { PyRandom } from "../../../../src/environments/bfcl/python/random.ts";
import { repr, str } from "../../../../src/environments/bfcl/python/repr.ts";
import { splitlines } from "../../../../src/environments/bfcl/python/strings.ts";
import { PyDict, PyTuple, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { askPython, type Case, REFERENCE_PYTHON } from "./reference.ts";

const ASKED: Readonly<Record<string, (...args: PyValue[]) => PyValue>> = {
  repr,
  str,
  json: (value) => dumps(value),
  json_unicode: (value) => dumps(value, { ensureAscii: false }),
  loads: (text) => repr(loads(String(text))),
  len: operators.len,
  bool: operators.truthy,
  splitlines: (text) => splitlines(String(text)),
  split: (text) => callMethod(text, "split"),
  strip: (text) => callMethod(text, "strip"),
  lower: (text) => callMethod(text, "lower"),
  isdigit: (text) => callMethod(text, "isdigit"),
  sorted: builtins.sorted,
  sum: builtins.sum,
  int: builtins.toInt,
  float: builtins.toFloat,
  abs: builtins.abs,
  round: builtins.round,
  format2f: (value) => format(value, ".2f"),
  eq: operators.eq,
  lt: operators.lt,
  ge: operators.ge,
  add: (a, b) => operators.add(a, b),
  sub: (a, b) => operators.sub(a, b),
  mul: operators.mul,
  truediv: operators.truediv,
  mod: operators.mod,
  contains: operators.contains,
  getitem: operators.getItem,
  strptime: (text, form) => strptime(text, String(form)).toString(),
  randint: (seed, a, b) => {
    const [one, more] = [new PyRandom(seed as bigint), new PyRandom(seed as bigint)];
    const draw = (random: PyRandom) => random.randint(a as bigint, b as bigint);
    return [draw(one), draw(more), draw(more), draw(more)];
  },
  uniform: (seed, a, b) => new PyRandom(seed as bigint).uniform(a as number, b as number),
  literal: (text) => parseLiteral(String(text)),
};

function ours({ ask, args }: Case): string {
  try {
    const result = ASKED[ask]?.(...args) ?? null;
    return typeof result === "string" ? result : repr(result);
  } catch (error) {
    if (error instanceof PyError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      "\\",
      "\n",
      "\r",
      "\t",
      "\x1c",
      "\x85",
      "\u2028",
      "é",
      "😀",
      "\x7f",
      " ",
      "a",
      "٣",
      "²",
    ),
  }),
);
const float = fc.oneof(
  fc.double({ noNaN: false }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => Math.round(x * 100) / 100),
  fc.constantFrom(0.1, 2.675, 1e16, 1e-5, 1e22, 5e-324, -0, 123456789.125),
);
const int = fc.oneof(fc.bigInt(-1000n, 1000n), fc.bigInt(-(2n ** 80n), 2n ** 80n));
const number = fc.oneof(int, float, fc.boolean());
const scalar: fc.Arbitrary<PyValue> = fc.oneof(number, text, fc.constant(null));
const value: fc.Arbitrary<PyValue> = fc.letrec<{ any: PyValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("any"), { maxLength: 4 }),
    fc.array(tie("any"), { maxLength: 3 }).map((items) => new PyTuple(items)),
    fc.array(fc.tuple(scalar, tie("any")), { maxLength: 4 }).map((entries) => PyDict.of(entries)),
  ),
})).any;

const asks = (ask: string, ...args: fc.Arbitrary<PyValue>[]): fc.Arbitrary<Case> =>
  fc.tuple(...args).map((given) => ({ ask, args: given }));

const groups: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  "repr, str and json.dumps": fc.oneof(
    ...["repr", "str", "json", "json_unicode", "bool"].map((ask) => asks(ask, value)),
    asks(
      "loads",
      value.map((one) => attempt(() => dumps(one))),
    ),
  ),
  "operators and their TypeErrors": fc.oneof(
    ...["eq", "lt", "ge", "add", "sub", "truediv"].map((ask) => asks(ask, value, value)),
    ...["eq", "lt", "add", "sub", "mul", "truediv", "mod"].map((ask) => asks(ask, number, number)),
    asks("mul", value, fc.oneof(fc.bigInt(-2n, 5n), value)),
    asks("contains", value, scalar),
    asks("getitem", value, fc.oneof(fc.bigInt(-3n, 3n), scalar)),
  ),
  "numbers and their texts": fc.oneof(
    asks("round", number, fc.bigInt(-5n, 5n)),
    asks("format2f", number),
    asks("abs", scalar),
    asks("int", scalar),
    asks("float", scalar),
    asks(
      "int",
      int.map((one) => ` ${one} `),
    ),
    asks(
      "float",
      float.map((one) => repr(one)),
    ),
    asks("sum", fc.array(number, { maxLength: 6 })),
    asks(
      "sorted",
      fc.array(
        number.filter((one) => !Number.isNaN(one)),
        { maxLength: 6 },
      ),
    ),
  ),
  texts: fc.oneof(
    ...["splitlines", "split", "strip", "lower", "isdigit", "len"].map((ask) => asks(ask, text)),
    asks("sorted", fc.array(text, { maxLength: 6 })),
    asks("literal", text.map(repr)),
    asks("literal", value.filter(isLiteral).map(repr)),
  ),
  "random numbers": fc.oneof(
    asks("randint", fc.bigInt(0n, 2n ** 70n), fc.bigInt(0n, 1000n), fc.bigInt(1001n, 10n ** 14n)),
    asks(
      "uniform",
      fc.bigInt(0n, 2n ** 40n),
      fc.double({ min: -50, max: 0, noNaN: true }),
      fc.double({ min: 1, max: 120, noNaN: true }),
    ),
  ),
  "strptime and its errors": fc.oneof(
    asks("strptime", dateLike(), fc.constant("%Y-%m-%d")),
    asks(
      "strptime",
      fc.tuple(dateLike(), timeLike()).map((both) => both.join(" ")),
      fc.constant("%Y-%m-%d %H:%M:%S"),
    ),
    asks(
      "strptime",
      scalar.filter((one) => typeof one !== "string" || !one.includes("\u0000")),
      fc.constant("%Y-%m-%d"),
    ),
  ),
};

function dateLike(): fc.Arbitrary<string> {
  const part = (most: number) =>
    fc.oneof(
      fc.nat(most).map(String),
      fc.nat(most).map((n) => String(n).padStart(2, "0")),
    );
  return fc
    .tuple(
      fc.oneof(
        fc.nat(9999).map((n) => String(n).padStart(4, "0")),
        part(99),
      ),
      part(14),
      part(33),
    )
    .map((parts) => parts.join("-"));
}

function timeLike(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(25), fc.nat(61), fc.nat(62))
    .map((parts) => parts.map((n) => String(n).padStart(2, "0")).join(":"));
}

function attempt(run: () => string): string {
  try {
    return run();
  } catch {
    return "[1, 2.0, ";
  }
}

/** nan and inf have no literal. */
function isLiteral(one: PyValue): boolean {
  return !/nan|inf/.test(repr(one));
}

/** The same cases in every run; STEPWELL_SEED asks for others. */
const SEED = Number(process.env.STEPWELL_SEED ?? 1);

const missing = REFERENCE_PYTHON === null ? "needs a Python 3.11" : null;

describe(`Python values${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  for (const [name, cases] of Object.entries(groups)) {
    test.skipIf(missing !== null && process.env.CI !== "true")(`${name} are Python's`, async () => {
      const sample = fc.sample(cases, { numRuns: 3000, seed: SEED });
      const theirs = await askPython(sample);
      const different = sample.flatMap((one, index) => {
        const mine = ours(one);
        return mine === theirs[index]
          ? []
          : [`${one.ask}(${one.args.map(repr).join(", ")}): ${mine} / ${theirs[index]}`];
      });
      expect(different.slice(0, 5)).toEqual([]);
    });
  }
});

test("an int past 4300 digits is not shown, as in CPython", () => {
  expect(() => repr(10n ** 4300n)).toThrow("Exceeds the limit (4300 digits)");
  expect(repr(10n ** 4299n).length).toBe(4300);
});

test("work that a model asks for is bounded", () => {
  expect(() => operators.mul("ab", 2n ** 60n)).toThrow(PyError);
  expect(() => repr(operators.pow(9n, 10n ** 12n))).toThrow("4300 digits");
  expect(() => parseLiteral("[".repeat(10_000))).toThrow(PyError);
  expect(() => loads("[".repeat(10_000))).toThrow(PyError);
});
