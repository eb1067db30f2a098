import { expect, test } from "bun:test";
import { parseXml } from "../../../src/environments/bfcl/actions/xml-tree.ts";

/** What stands in `<functions>` and what expat says of it. */
const SAID: readonly [inside: string, said: string][] = [
  ["<a>", "mismatched tag: line 1, column 16"],
  ["<a></fu::nction>", "mismatched tag: line 1, column 16"],
  ["<functions>", "no element found: line 1, column 34"],
  ["&foo;", "undefined entity: line 1, column 11"],
  ['<a b="&foo;"/>', "undefined entity: line 1, column 11"],
  ["&#xD800;", "reference to invalid character number: line 1, column 11"],
  ['<a b="1" b="2"/>', "duplicate attribute: line 1, column 20"],
  ["<a:b/>", "unbound prefix: line 1, column 11"],
  ["<!-- a", "unclosed token: line 1, column 11"],
  ["<![CDATA[x]]", "unclosed CDATA section: line 1, column 35"],
  ['<?xml version="1.0"?>', "XML or text declaration not at start of entity: line 1, column 11"],
  ["</functions>", "not well-formed (invalid token): line 1, column 24"],
  ["</functions> <a>", "junk after document element: line 1, column 24"],
  ["<a\n b=1/>", "not well-formed (invalid token): line 2, column 3"],
  ["\r\n😀é<a b=c/>", "not well-formed (invalid token): line 2, column 7"],
  ["x & y", "not well-formed (invalid token): line 1, column 14"],
  ["]]>", "not well-formed (invalid token): line 1, column 13"],
  ["<!-- a -- b -->", "not well-formed (invalid token): line 1, column 20"],
  ["\u0001", "not well-formed (invalid token): line 1, column 11"],
];

test.each(SAID)("%j is no XML for expat's reason", (inside, said) => {
  expect(() => parseXml(`<functions>${inside}</functions>`)).toThrow(said);
});

test("comments, instructions, sections and any depth are read, and every line ends with a line feed", () => {
  const deep = `${"<a>".repeat(500)}${"</a>".repeat(500)}`;
  const root = parseXml(`<r>x<!-- c -->y\r\n<?p q?><![CDATA[<\r]]>&#65;${deep}z</r>`);
  expect([root.text, root.children.length]).toEqual(["xy\n<\nA", 1]);
});
