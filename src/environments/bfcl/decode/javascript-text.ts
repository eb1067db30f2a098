import type { Node } from "web-tree-sitter";
import { syntaxError } from "../python/errors.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { withSyntaxTree } from "./grammars.ts";
import { namedArguments } from "./named-arguments.ts";
import { inner, isQuoted } from "./value-text.ts";

/**
 * The first statement that is a call in a JavaScript text, as the official parser reads it: only `name=value` arguments
 * (and bare names and `true`) count, and values are source text. None without a call. Throws PyError.
 */
export function decodeJavascript(source: string): PyValue {
  return withSyntaxTree("javascript", source, (root) => {
    if (root.hasError && (root.children.some(isNotRepaired) || root.toString().includes("ERROR"))) {
      throw syntaxError("Error js parsing the source code.");
    }
    if (root.type !== "program") return null;
    const statements = root.children.filter(({ type }) => type === "expression_statement");
    const call = statements.flatMap(({ children }) => children).find(({ type }) => type === "call_expression");
    const [callee, list] = call?.children ?? [];
    if (callee === undefined || list === undefined) return null;
    return [PyDict.of([[callee.text, argumentsOf(list)]])];
  });
}

/**
 * In the grammar of the official package (0.21) a statement that another one follows on its line is an error when the
 * expression at its end is at most this many bytes long: to skip it then costs no more than to insert a semicolon.
 */
const SKIPPED_BYTES = 10;

function isNotRepaired(statement: Node): boolean {
  const last = statement.child(statement.childCount - 1);
  if (!last?.isMissing) return false;
  let value = last.previousSibling;
  while (value?.type === "assignment_expression") value = value.childForFieldName("right");
  return value !== null && Buffer.byteLength(value.text) <= SKIPPED_BYTES;
}

function argumentsOf(list: Node): PyDict {
  const args = list.children.flatMap((child): [string | null, string][] => {
    if (child.type === "assignment_expression") {
      const value = child.child(2)?.text ?? "";
      return [[child.child(0)?.text ?? "", isQuoted(value, '"') || isQuoted(value, "'") ? inner(value) : value]];
    }
    return child.type === "identifier" || child.type === "true" ? [[null, child.text]] : [];
  });
  return namedArguments(args);
}
