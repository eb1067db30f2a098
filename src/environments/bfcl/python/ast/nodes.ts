import { PyObject, type PyValue } from "../values.ts";

/**
 * Python expressions as CPython's `ast` module names them: `type` is the class, fields have its names. The parts that no
 * decoder looks at (contexts, positions) are left out.
 */
export type Expression =
  | { readonly type: "Constant"; readonly value: PyValue }
  | { readonly type: "Name"; readonly id: string }
  | { readonly type: "Attribute"; readonly value: Expression; readonly attr: string }
  | { readonly type: "Subscript"; readonly value: Expression; readonly slice: Expression }
  | Slice
  | Call
  | { readonly type: "UnaryOp"; readonly op: UnaryOperator; readonly operand: Expression }
  | { readonly type: "BinOp"; readonly op: BinaryOperator; readonly left: Expression; readonly right: Expression }
  | { readonly type: "BoolOp"; readonly op: "and" | "or"; readonly values: readonly Expression[] }
  | { readonly type: "Compare"; readonly left: Expression; readonly rest: readonly Comparison[] }
  | IfExpression
  | { readonly type: "Lambda"; readonly args: readonly Parameter[]; readonly body: Expression }
  | { readonly type: "List" | "Tuple" | "Set"; readonly elts: readonly Expression[] }
  | { readonly type: "Dict"; readonly items: readonly DictItem[] }
  | Comprehension
  | { readonly type: "Starred" | "Await"; readonly value: Expression }
  | { readonly type: "Yield"; readonly value: Expression | null }
  | { readonly type: "YieldFrom"; readonly value: Expression }
  | { readonly type: "NamedExpr"; readonly target: Expression; readonly value: Expression }
  | { readonly type: "JoinedStr"; readonly source: string };

export type UnaryOperator = "not" | "-" | "+" | "~";
export type BinaryOperator = "+" | "-" | "*" | "@" | "/" | "%" | "<<" | ">>" | "|" | "^" | "&" | "//" | "**";

export interface Call {
  readonly type: "Call";
  readonly func: Expression;
  readonly args: readonly Expression[];
  /** `arg` is null for `**mapping`. */
  readonly keywords: readonly { readonly arg: string | null; readonly value: Expression }[];
}

export interface Slice {
  readonly type: "Slice";
  readonly lower: Expression | null;
  readonly upper: Expression | null;
  readonly step: Expression | null;
}

export interface IfExpression {
  readonly type: "IfExp";
  readonly test: Expression;
  readonly body: Expression;
  readonly orelse: Expression;
}

export interface Comparison {
  readonly op: string;
  readonly value: Expression;
}

/** `key` is null for `**mapping`. */
export interface DictItem {
  readonly key: Expression | null;
  readonly value: Expression;
}

/** `value` only in a DictComp, where `elt` is the key. */
export interface Comprehension {
  readonly type: "ListComp" | "SetComp" | "DictComp" | "GeneratorExp";
  readonly elt: Expression;
  readonly value: Expression | null;
  readonly generators: readonly Generator[];
}

interface Generator {
  readonly isAsync: boolean;
  readonly target: Expression;
  readonly iter: Expression;
  readonly ifs: readonly Expression[];
}

/** A parameter of a lambda, with the `*` or `**` before it; a lone `*` or `/` has that for a name. */
export interface Parameter {
  readonly name: string;
  readonly value: Expression | null;
}

/** A bytes literal. */
export class PyBytes extends PyObject {
  override readonly pyType = "bytes";
  /** One character a byte. */
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override pyEquals(other: PyValue): boolean {
    return other instanceof PyBytes && other.text === this.text;
  }

  override pyRepr(repr: (value: PyValue) => string): string {
    return `b${repr(this.text).replace(/[\x80-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)}`;
  }
}
