import type { Node } from "web-tree-sitter";
import { PyError, syntaxError } from "../python/errors.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { withSyntaxTree } from "./grammars.ts";
import { inner, isQuoted } from "./value-text.ts";

/**
 * The first statement that is a call in a JavaScript text, as the official parser reads it: only `name=value` arguments
 * (and bare names and `true`) count, and values are source text. None without a call. Throws PyError.
 */
export function decodeJavascript(source: string): PyValue {
  return withSyntaxTree("javascript", source, (root) => {
    if (root.hasError && root.toString().includes("ERROR")) {
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

function argumentsOf(list: Node): PyDict {
  const args = new PyDict();
  for (const child of list.children) {
    if (child.type === "assignment_expression") {
      const value = child.child(2)?.text ?? "";
      put(args, child.child(0)?.text ?? "", isQuoted(value, '"') || isQuoted(value, "'") ? inner(value) : value);
    } else if (child.type === "identifier" || child.type === "true") put(args, null, child.text);
  }
  return args;
}

/** The official parser makes a list of values that share a name, and then refuses lists. */
function put(args: PyDict, name: string | null, value: string): void {
  if (args.has(name)) {
    throw new PyError("Exception", "Error: Multiple arguments with the same name are not supported.");
  }
  args.set(name, value);
}
