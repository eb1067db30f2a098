import { beforeAll, expect, test } from "bun:test";
import { decodeAnswer } from "../../../src/environments/bfcl/decode/answer.ts";
import { loadGrammar } from "../../../src/environments/bfcl/decode/grammars.ts";
import { repr } from "../../../src/environments/bfcl/python/repr.ts";

beforeAll(async () => {
  await loadGrammar("java");
  await loadGrammar("javascript");
});

/** Texts that lack a semicolon and what the official grammars (0.21) make of them; null where that is an error. */
const MADE: readonly [format: "java" | "javascript", text: string, value: string | null][] = [
  ["java", "f(abcde=1)", null],
  ["java", "f(abcdef=1)", "[{'f': {'abcdef': '1'}}]"],
  ["java", "f(abcde=1) {}", null],
  ["java", "f(abcdef=1) {}", "[{'f': {'abcdef': '1'}}]"],
  ["java", "return f()", "[{'f': {}}]"],
  ["java", "continue", null],
  ["java", "x.y(z=1).w();f()", "[{'x.y(z=1).w': {}}]"],
  ["javascript", "f(a=1)", "[{'f': {'a': '1'}}]"],
  ["javascript", "Foo.bar() {}", null],
  ["javascript", "Foo.barr() {}", null],
  ["javascript", "Foo.barrr() {}", "[{'Foo.barrr': {}}]"],
  ["javascript", "x = Foo.bar() {}", null],
  ["javascript", "x = Foo.barbar() {}", "None"],
];

test.each(MADE)("%s: %j is repaired where the official grammar repairs it", (format, text, value) => {
  const decoded = () => repr(decodeAnswer(text, { format }));
  if (value === null) expect(decoded).toThrow("the source code");
  else expect(decoded()).toBe(value);
});

test("two arguments of a name are refused when all of them were read", () => {
  const same = "Multiple arguments with the same name";
  expect(() => decodeAnswer("f(a=1, a=2)", { format: "javascript" })).toThrow(same);
  expect(() => decodeAnswer("f(abc=1, abc=2)", { format: "java" })).toThrow(same);
  expect(() => decodeAnswer("f(a=1, a=2, b=new int[3])", { format: "java" })).toThrow("has no attribute 'type'");
});
