import { expect, test } from "bun:test";
import { parseExpression } from "../../../../src/environments/bfcl/python/ast/parse-expression.ts";

/** Texts and what CPython 3.11 says of them: which of several mistakes it names, and in which line. */
const SAID: readonly [text: string, said: string][] = [
  ["", "invalid syntax (<string>, line 0)"],
  ["I'm sorry, but I can't", "invalid syntax (<string>, line 1)"],
  ["[I'm sorry, but I can't]", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)"],
  ['[The answer is "42".]', "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)"],
  ["[None of them]", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)"],
  ["[f(a=1) g(b=2)]", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)"],
  ["[python\n[f(a=if)]]", "invalid syntax (<string>, line 2)"],
  ["[f(a=c d)]", "invalid syntax (<string>, line 1)"],
  ["[f(a=x y)]", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)"],
  ["[f(a for a in b, 1)]", "Generator expression must be parenthesized (<string>, line 1)"],
  ["[f(a=1 for x in y)]", "invalid syntax. Maybe you meant '==' or ':=' instead of '='? (<string>, line 1)"],
  ["[f(a={'x': *y})]", "cannot use a starred expression in a dictionary value (<string>, line 1)"],
  ["[f(a=x[])]", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)"],
  ["[f(a=0b12)]", "invalid digit '2' in binary literal (<string>, line 1)"],
  ["[f(a=0o8)]", "invalid digit '8' in octal literal (<string>, line 1)"],
  ["[f(a=1jx)]", "invalid imaginary literal (<string>, line 1)"],
  ["[f(if='\\x4')]", "invalid syntax (<string>, line 1)"],
  [
    "[f(a='\\x4')]",
    "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \\xXX escape (<string>, line 1)",
  ],
  ["[f(a?'x', b=])]", "closing parenthesis ']' does not match opening parenthesis '(' (<string>, line 1)"],
  ["[]\n ok", "unexpected indent (<string>, line 2)"],
  ["[f($)", "invalid syntax (<string>, line 1)"],
  ["[f(a=b'é')]", "bytes can only contain ASCII literal characters (<string>, line 1)"],
  ["[f(if) \\ x", "invalid syntax (<string>, line 1)"],
];

test.each(SAID)("%j is no expression for CPython's reason", (text, said) => {
  expect(() => parseExpression(text)).toThrow(said);
});
