import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PyError } from "../../../../src/environments/bfcl/python/errors.ts";
import { parseAssignments, parseCall, parseCalls } from "../../../../src/environments/bfcl/python/parse.ts";
import { percentFormat } from "../../../../src/environments/bfcl/python/percent-format.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { bind, makeDefaults, signature } from "../../../../src/environments/bfcl/python/signature.ts";
import { PyDict, PyTuple, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { askPython, type Case, REFERENCE_PYTHON } from "./reference.ts";

/** Literal calls, and what models make of them: cut short, unquoted, with the wrong quotes or brackets. */
const CALL_TEXTS = [
  ...[
    "f()",
    "f(1, 'x', b=2.5)",
    "f(a=1,)",
    "f(a=(1,), b=(1), c=())",
    "f(a={'x': [1, {'y': None}]}, b={1})",
    "  f(a=1) ",
  ],
  ...[
    "f (a=1)",
    "f(a=\n1)",
    "f(a=1) # done",
    "f(a='x' \"y\")",
    "f(a='''x\ny''')",
    "f(a=r'\\n', b=u'x')",
    "f(a='a\\\nb')",
  ],
  ...[
    "f(a='\\q\\x41\\u00e9\\101\\t')",
    "f(a=0x_f, b=0o17, c=0b11, d=1_000, e=.5, f=5., g=1e5, h=00)",
    "f(a=1j, b=2.5J)",
  ],
  ...[
    "f(a=-5, b=+5, c=--5, d=-True, e=-1j)",
    "f(a=09.5)",
    "f(é=1)",
    "f(ﬁ=1)",
    "f(match=1)",
    "f(a=...)",
    "f(a='''x\r\ny''')",
  ],
  ...[
    "f(a=1",
    "f(a=[1,2",
    "f(a=[1,2,3]",
    "f(a={'x':",
    "f(a={'x'",
    "f(a=1 b",
    "f('x'=",
    "f(a='x",
    'f(a="x)',
    "f(a='''x)",
  ],
  ...["f(a=1))", "f(a=[1)", "f(a=(1,2])", "f]", "{", "f(a={'b': 1)", "f(a=1, b=[)", "f(a=[1,\n2)", "f(a=[1,\n"],
  ...[
    "f(a=1 b=2)",
    "f(a 1)",
    "f(a='x' b='y')",
    "f(a=[1 2])",
    "f(a={'a' 1})",
    "f(a=New York)",
    "f(a=5 USD)",
    "f(a=b 'y')",
  ],
  ...[
    "f(a=1 b=[",
    "f(a=\n1 b)",
    "f(a=True 'x')",
    "f(a=None x)",
    "f(a='y' b)",
    "f(a=1é)",
    "f(a=1 2 “)",
    "f(a=b c=",
    "f(a=1.2.3)",
  ],
  ...[
    "f(,)",
    "f(a=)",
    "f(=1)",
    "f(a=1,,b=2)",
    "f(a=(,))",
    "f(a={'a':})",
    "f(a={1:2,3})",
    "f(a={1,2:3})",
    "f(a=1);",
    "f(a=1) f(b=2)",
  ],
  ...[
    "f(class='x')",
    "f(None=1)",
    "f(1=2)",
    "f('a'=1)",
    "f(a=1, 'b'=2)",
    "f(a=1, 2)",
    "f(a=1, a=2)",
    "f(a=x, 2)",
    "f(a='x', b)",
  ],
  ...[
    "f(a=x)",
    "f(a=true)",
    "f(x, y)",
    "f(a=-x)",
    "f(a={x: 1})",
    "f(a=x.y)",
    "f(a==1)",
    "f(a=x b)",
    "f(a=x, b='",
    "f(a=x“)",
  ],
  ...[
    "f(a=“x”)",
    "f(a=‘it’s’)",
    "f(a=…)",
    "f(a=1–2)",
    "f(a=€5)",
    "f(a=½)",
    "f(a=\u00a01)",
    "f(a=\u200b1)",
    "f(\n a=“x”)",
  ],
  ...[
    "f(a='it's')",
    "f(a='x'y')",
    'f(a="say "hi"")',
    "f(a=2024-01-05)",
    "f(a=10:30)",
    "f(a=user@x.com)",
    "f(a=#tag)",
    "f(a=<b>)",
  ],
  ...[
    "f(a=$5)",
    "f(a=5%)",
    "f(a=100%, b=2)",
    "f(a=?)",
    "f(a=!x)",
    "f(a=>1)",
    "f(a=0777)",
    "f(a=08)",
    "f(a=1__0)",
    "f(a=5x)",
  ],
  ...[
    "f(a=0x)",
    "f(a=0xfg)",
    "f(a=1e)",
    "f(a=1.5USD)",
    "f(a=1_)",
    `f(a=${"1".repeat(4301)})`,
    "f(a='x\0')",
    "f(a='x\ry')",
    "f(a='x\n')",
  ],
  ...[
    "f(a='C:\\Users')",
    "f(a='\\x1g')",
    "f(a='é\\x1g')",
    "f(a='ab\\u12')",
    "f(a='\\U00110000')",
    "f(a='\\N')",
    "f(a=-'x')",
    "f(a={[]: 1})",
  ],
];

const PARAMETERS = [
  "()",
  "(a)",
  "(a, b)",
  "(a, b, c)",
  "(a=None)",
  "(a, b=2)",
  "(a, b=[], c='x, y')",
  "(a=1, b={'x': 1.5})",
];

const namesOf = (parameters: string): string[] => [...signature(parameters).names];

const binding: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom(...PARAMETERS),
    fc.array(fc.nat(9), { maxLength: 5 }),
    fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "self"), { maxLength: 4 }),
  )
  .map(([parameters, positional, named]) => {
    const given = [...positional.map(String), ...named.map((name) => `${name}='${name}'`)];
    return { ask: "bind", args: [parameters, namesOf(parameters).join(", "), `(${given.join(", ")})`] };
  });

function answered(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof PyError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

function callOf(text: string): string {
  const { name, args, kwargs } = parseCall(text);
  if (name !== "f") throw new Error(`a call of ${name}`);
  return repr([[...args], PyDict.of(kwargs)]);
}

function bindingOf({ args: [parameters, , given] }: Case): string {
  const method = signature(String(parameters));
  const { args, kwargs } = parseCall(`m${String(given)}`);
  return repr(bind("Api.m", method, args, kwargs, makeDefaults(method)));
}

const missing = REFERENCE_PYTHON === null ? "needs a Python 3.11" : null;

describe(`calls beside Python's${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  const skipped = test.skipIf(missing !== null && process.env.CI !== "true");

  skipped("a call text gives the arguments, or the error text, that Python gives", async () => {
    const theirs = await askPython(CALL_TEXTS.map((text) => ({ ask: "call", args: [text] })));
    const ours = CALL_TEXTS.map((text) => [text, answered(() => callOf(text))]);
    expect(ours).toEqual(CALL_TEXTS.map((text, index) => [text, theirs[index] ?? ""]));
  });

  skipped("arguments are bound, or refused with the text, as Python does", async () => {
    const sample = fc.sample(binding, { numRuns: 1500, seed: Number(process.env.STEPWELL_SEED ?? 1) });
    const theirs = await askPython(sample);
    const different = sample.flatMap((one, index) => {
      const mine = answered(() => bindingOf(one));
      return mine === theirs[index] ? [] : [`${one.args.join(" ")}: ${mine} / ${theirs[index]}`];
    });
    expect(different.slice(0, 5)).toEqual([]);
  });
});

test("a cut call text is never taken for a whole one, and never ends in an error of our own", () => {
  const whole = "f(a=[1, {'k': (2.5, None)}], b='it\\'s', c={'x': -1}, d=True)";
  const cut = Array.from({ length: whole.length - 2 }, (_, index) => whole.slice(0, index + 2));
  for (const text of cut) expect(() => parseCall(text)).toThrow(PyError);
});

test("a list of calls is read with and without its brackets", () => {
  for (const text of ["[f(a=1), g.h('x')]", "f(a=1), g.h('x')"]) {
    expect(parseCalls(text)).toEqual([
      { name: "f", args: [], kwargs: [["a", 1n]] },
      { name: "g.h", args: ["x"], kwargs: [] },
    ]);
  }
  expect(() => parseCalls("[f(a=1), g(b=")).toThrow("'(' was never closed (<string>, line 1)");
});

test("what Python would compute is refused, not computed", () => {
  for (const text of ["f(a=1+2)", "f(a=g())", "f(*[1])", "f(a=[1][0])", "f(a=f'{x}')", "f()()", "f(a=lambda: 1)"]) {
    expect(() => parseCall(text)).toThrow(PyError);
  }
});

test("a negative precision of a format is 0", () => {
  const by = (template: string, value: PyValue) => percentFormat(template, new PyTuple([-7n, value]));
  expect([by("%.*f", 255n), by("%.*e", 0), by("%.*s", "x"), by("%.*d", 5n)]).toEqual(["255", "0e+00", "", "5"]);
});

test("a name of a character, and a format wider than any answer, are errors in the documented words", () => {
  expect(() => parseCall("f(a='\\N{EM DASH}')")).toThrow(
    "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-10: unknown Unicode character name (<string>, line 1)",
  );
  expect(percentFormat("%65536d", 1n)).toHaveLength(65_536);
  expect(() => percentFormat("%65537d", 1n)).toThrow("width or precision too large");
  expect(percentFormat("%.1000f", 1)).toHaveLength(1002);
  expect(() => percentFormat("%.1001f", 1)).toThrow("precision too large");
});

test("a module of assignments is read with its comments, joined strings and values over several lines", () => {
  const source = `
# first
A = {
    "x": 1,  # one
    'y': [2.0, None,
          ("a" "b")],
}
"B" "unused" if False else None
`;
  expect(() => parseAssignments(source)).toThrow(PyError);
  const read = parseAssignments(source.slice(0, source.indexOf('"B"')).concat('B = """two\nlines"""\nC = -1.5'));
  expect([...read].map(([name, value]) => `${name} = ${repr(value)}`)).toEqual([
    "A = {'x': 1, 'y': [2.0, None, 'ab']}",
    "B = 'two\\nlines'",
    "C = -1.5",
  ]);
});

test("a mutable default belongs to one object: its calls share it, other objects do not", () => {
  const method = signature("(a, tags=[])");
  const [mine, yours] = [makeDefaults(method), makeDefaults(method)];
  const [, tags] = bind("Api.m", method, [1n], [], mine);
  if (!Array.isArray(tags)) throw new Error("the default is a list");
  tags.push("x");
  expect(bind("Api.m", method, [2n], [], mine)[1]).toEqual(["x"]);
  expect(bind("Api.m", method, [2n], [], yours)[1]).toEqual([]);
});
