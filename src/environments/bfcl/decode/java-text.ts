import type { Node } from "web-tree-sitter";
import { recursionError, syntaxError } from "../python/errors.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { withSyntaxTree } from "./grammars.ts";
import { namedArguments } from "./named-arguments.ts";

export interface JavaTextOptions {
  /**
   * Without two defects of the official parser: it cuts texts by byte offsets, so that behind a character beyond ASCII
   * every text is shifted, and it drops the body of an object, as of `new HashMap<>() {{ put("k", 1); }}`.
   */
  readonly fixed: boolean;
}

/** Nesting that is walked; past it the official parser ends in Python's recursion limit too. */
const MAX_DEPTH = 400;

/**
 * In the grammar of the official package (0.21.0) an expression without its semicolon is an error when it is at most this
 * many bytes long: to skip it then costs no more than to insert the semicolon. Later grammars insert it.
 */
const SKIPPED_BYTES = 10;

/**
 * The first call in a Java text, as the official parser reads it: only `name=value` arguments (and bare names) count, and
 * values are source text without the blanks between tokens. An empty dict without a call. Throws PyError.
 */
export function decodeJava(source: string, { fixed }: JavaTextOptions): PyValue {
  const cut = fixed ? (node: Node): string => node.text : byteCutter(source);
  return withSyntaxTree("java", source, (root) => {
    if (hasError(root)) throw syntaxError("Error parsing java the source code.");
    return new JavaReader(cut, { keepsBodies: fixed }).firstCall(root, 0) ?? new PyDict();
  });
}

/** The official parser looks for the word in the printed tree; a token that is merely missing is no error. */
function hasError(root: Node): boolean {
  if (!root.hasError) return false;
  const [first] = root.children;
  return (first !== undefined && isNotRepaired(first)) || root.toString().includes("ERROR");
}

/** Whether a statement lacks a semicolon that the official grammar does not insert. */
function isNotRepaired(statement: Node): boolean {
  if (!statement.child(statement.childCount - 1)?.isMissing) return false;
  const [value] = statement.namedChildren;
  if (value === undefined || statement.type !== "expression_statement") return value === undefined;
  return Buffer.byteLength(value.text) <= SKIPPED_BYTES;
}

/** Text between byte offsets, taken for indices of code points. */
function byteCutter(source: string): (node: Node) => string {
  const points = Array.from(source);
  if (points.length === source.length && Buffer.byteLength(source) === source.length) return (node) => node.text;
  const byteAt = (index: number): number => Buffer.byteLength(source.slice(0, index));
  return (node) => points.slice(byteAt(node.startIndex), byteAt(node.endIndex)).join("");
}

const VERBATIM: ReadonlySet<string> = new Set(["identifier", "class_literal", "type_identifier", "method_invocation"]);
const UNNAMED: ReadonlySet<string> = new Set(["identifier", "class_literal", "set"]);

class JavaReader {
  readonly #text: (node: Node) => string;
  readonly #keepsBodies: boolean;

  constructor(text: (node: Node) => string, { keepsBodies }: { readonly keepsBodies: boolean }) {
    this.#text = text;
    this.#keepsBodies = keepsBodies;
  }

  /** `[{name: arguments}]` of the first call in the tree, from the outside in. */
  firstCall(node: Node, depth: number): PyValue | null {
    if (depth > MAX_DEPTH) throw recursionError();
    if (node.type !== "method_invocation") {
      for (const child of node.children) {
        const found = this.firstCall(child, depth + 1);
        if (found !== null) return found;
      }
      return null;
    }
    const name = this.#text(field(node, "name"));
    const object = node.childForFieldName("object");
    const args = node.childForFieldName("arguments");
    if (args === null) return null;
    return [PyDict.of([[object === null ? name : `${this.#text(object)}.${name}`, this.#arguments(args)]])];
  }

  #arguments(list: Node): PyDict {
    const args = list.children.flatMap((child): [string | null, string][] => {
      if (child.type === "assignment_expression") {
        return [[this.#text(present(child.child(0))), this.#value(present(child.child(2)), false, 0)]];
      }
      return UNNAMED.has(child.type) ? [[null, this.#value(child, false, 0)]] : [];
    });
    return namedArguments(args);
  }

  /** The text of a value, put together from its tokens. Strings lose their quotes unless they are part of something. */
  #value(node: Node, nested: boolean, depth: number): string {
    if (depth > MAX_DEPTH) throw recursionError();
    const part = (child: Node): string => this.#value(child, true, depth + 1);
    if (node.type === "string_literal" || node.type === "character_literal") {
      const text = this.#text(node);
      return nested ? text : Array.from(text).slice(1, -1).join("");
    }
    if (VERBATIM.has(node.type)) return this.#text(node);
    if (node.type === "array_creation_expression") {
      return `new ${part(field(node, "type"))}[]${part(field(node, "value"))}`;
    }
    if (node.type === "object_creation_expression") return this.#creation(node, part);
    return node.childCount > 0 ? node.children.map(part).join("") : this.#text(node);
  }

  #creation(node: Node, part: (child: Node) => string): string {
    const type = part(field(node, "type"));
    const list = node.childForFieldName("arguments");
    const given = list?.children.filter((child) => ![",", "(", ")"].includes(child.type)) ?? [];
    const body = this.#keepsBodies ? node.children.find((child) => child.type === "class_body") : undefined;
    return `new ${type}(${given.map(part).join(", ")})${body === undefined ? "" : ` ${this.#text(body)}`}`;
  }
}

/** To the official parser a field that is not there is None, which has no type. */
function field(node: Node, name: string): Node {
  return present(node.childForFieldName(name));
}

function present(node: Node | null): Node {
  if (node === null) throw attributeError(null, "type");
  return node;
}
