import { expect, test } from "bun:test";
import { round, sum, toFloat, toInt } from "../../../../src/environments/bfcl/python/builtins.ts";
import { strptime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { strFormat } from "../../../../src/environments/bfcl/python/format.ts";
import { dumps, loads } from "../../../../src/environments/bfcl/python/json.ts";
import { callMethod } from "../../../../src/environments/bfcl/python/methods.ts";
import { addInPlace, eq, getSlice, subInPlace } from "../../../../src/environments/bfcl/python/operators.ts";
import { parseCall, parseLiteral } from "../../../../src/environments/bfcl/python/parse.ts";
import { repr, str } from "../../../../src/environments/bfcl/python/repr.ts";
import { compareStr } from "../../../../src/environments/bfcl/python/strings.ts";
import { deepCopy, PyDict, PySet, PyTuple, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";

test("1, 1.0 and True are one key, which keeps the form it was first written in", () => {
  const dict = PyDict.of([
    [1n, "int"],
    ["1", "text"],
  ]);
  dict.set(true, "bool");
  dict.set(1, "float");
  expect(repr(dict)).toBe("{1: 'float', '1': 'text'}");
  dict.delete(true);
  dict.set(1, "again");
  expect(repr(dict)).toBe("{'1': 'text', 1.0: 'again'}");
});

test("tuples are keys by value, and what can change is no key", () => {
  const dict = PyDict.of([[new PyTuple([1n, "a"]), "found"]]);
  expect(dict.get(new PyTuple([true, "a"]))).toBe("found");
  expect(dict.get(new PyTuple([1n, "b"]))).toBeUndefined();
  expect(() => dict.set([1n], null)).toThrow("unhashable type: 'list'");
  expect(() => new PySet([new PyTuple([new PyDict()])])).toThrow("unhashable type: 'dict'");
});

test("a deep copy shares nothing with its original, and within it what was one object is one", () => {
  const shared: PyValue[] = [1n];
  const original = PyDict.of({ a: shared, b: shared });
  original.set("self", original);
  const copy = deepCopy(original);
  if (!(copy instanceof PyDict)) throw new Error("the copy of a dict is a dict");
  expect(copy.get("a")).not.toBe(shared);
  expect(copy.get("b")).toBe(copy.get("a") ?? null);
  expect(copy.get("self")).toBe(copy);
  expect(repr(copy)).toBe("{'a': [1], 'b': [1], 'self': {...}}");
});

test("dicts are equal in any order, lists only in theirs, and a text never equals a number", () => {
  const [a, b] = [PyDict.of({ x: 1n, y: [1, true] }), PyDict.of({ y: [1n, 1n], x: true })];
  expect(eq(a, b)).toBe(true);
  expect(eq([1n, 2n], [2n, 1n])).toBe(false);
  expect(eq(PyDict.of([[1n, 0n]]), PyDict.of([["1", 0n]]))).toBe(false);
  expect(eq(2n ** 53n + 1n, 2 ** 53)).toBe(false);
});

test("JSON keeps ints from floats, however large, and reads what Python reads", () => {
  expect(repr(loads('{"a": 5, "b": 5.0, "a": 9876543210123456789, "c": [NaN, -Infinity, 1e400]}'))).toBe(
    "{'a': 9876543210123456789, 'b': 5.0, 'c': [nan, -inf, inf]}",
  );
  const dict = PyDict.of([
    [1n, "\u{1f600}é"],
    [true, 1],
    [null, 1e16],
  ]);
  expect(dumps(dict)).toBe('{"1": 1.0, "null": 1e+16}');
  expect(dumps("\u{1f600}é")).toBe('"\\ud83d\\ude00\\u00e9"');
  expect(() => dumps([new PySet()])).toThrow("Object of type set is not JSON serializable");
});

test("sums are added left to right, and rounding is half to even on the exact value", () => {
  expect(str(sum([0.1, 0.2, 0.3]))).toBe("0.6000000000000001");
  expect([round(2.675, 2n), round(1234n, -2n), round(0.5), round(1.5), round(2.5, 0n)].map(str)).toEqual([
    "2.67",
    "1200",
    "0",
    "2",
    "2.0",
  ]);
});

test("texts are cut and ordered by code points", () => {
  expect(getSlice("a\u{1f600}b", -2n, null)).toBe("\u{1f600}b");
  expect(getSlice(["a", "b"], 0n, null)).toEqual(["a", "b"]);
  expect(["\u{1f600}", "\uffee"].sort(compareStr)).toEqual(["\uffee", "\u{1f600}"]);
});

test("an operation in place says so in its error, and a list grows where it stands", () => {
  expect(() => subInPlace(1, "x")).toThrow("unsupported operand type(s) for -=: 'float' and 'str'");
  const list: PyValue[] = [1n];
  expect(addInPlace(list, "ab")).toBe(list);
  expect(list).toEqual([1n, "a", "b"]);
  expect(() => callMethod(5n, "rstrip")).toThrow("'int' object has no attribute 'rstrip'");
});

test("a template's fields are filled in, and one that is missing is a KeyError", () => {
  expect(strFormat("{a} {{b}} {a}", { a: 1 })).toBe("1.0 {b} 1.0");
  expect(() => strFormat("{missing}", {})).toThrow("'missing'");
});

test("years of two digits are the first century's", () => {
  expect(strptime("0050-01-01", "%Y-%m-%d").timestamp).toBe(-60_589_296_000);
  expect(strptime("2024-1-5", "%Y-%m-%d").toString()).toBe("2024-01-05 00:00:00");
  expect(() => strptime("2024-01-05x", "%Y-%m-%d")).toThrow("unconverted data remains: x");
});

test("an int of more than 4300 digits is refused before it is read", () => {
  const refused =
    "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit";
  const digits = "1".repeat(5000);
  for (const read of [() => toInt(digits), () => toInt(`-${digits} x`), () => loads(`[${digits}]`)]) {
    expect(read).toThrow(refused);
  }
  expect(() => parseLiteral(digits)).toThrow("value has 5000 digits");
  expect(toInt("1_000")).toBe(1000n);
});

// Each of these texts keeps a server busy for minutes when the time it takes grows with the square of its length.
test("long texts of a model are read in one pass", () => {
  const long = 2_000_000;
  const blanks = `x${" ".repeat(long)}x`;
  expect(callMethod(` ${blanks} `, "strip")).toBe(blanks);
  expect(() => toInt(`1${" ".repeat(long)}x`)).toThrow("invalid literal for int()");
  expect(() => toFloat(`${"1".repeat(long)}x`)).toThrow("could not convert string to float");
  const named = Array.from({ length: 200_000 }, (_, index) => `a${index}=1`).join(",");
  expect(parseCall(`f(${named})`).kwargs.length).toBe(200_000);
  const lists = `f(${"[\n],".repeat(200_000)}`;
  expect(() => parseCall(lists)).toThrow("'(' was never closed");
  expect(parseCall(`${lists})`).args.length).toBe(200_000);
});
