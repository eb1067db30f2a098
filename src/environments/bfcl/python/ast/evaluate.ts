import { nameError, PyError, typeError } from "../errors.ts";
import {
  add,
  contains,
  eq,
  ge,
  getItem,
  gt,
  le,
  lt,
  mod,
  mul,
  ne,
  neg,
  pow,
  sub,
  truediv,
  truthy,
} from "../operators.ts";
import { percentFormat } from "../percent-format.ts";
import { isInt, PyDict, PySet, PyTuple, type PyValue, typeName } from "../values.ts";
import type { BinaryOperator, Expression } from "./nodes.ts";

/** Bits that a shift may make; an int past it is the MemoryError that Python would end with. */
const MAX_SHIFT = 2n ** 17n;

/**
 * The value of an expression of literals and operators, as `eval` gives it. Names are looked up in `names` alone; a
 * call, a comprehension or a lambda is never run. Throws PyError.
 */
export function evaluate(node: Expression, names: ReadonlyMap<string, PyValue> = new Map()): PyValue {
  const value = (each: Expression): PyValue => evaluate(each, names);
  switch (node.type) {
    case "Constant":
      return node.value;
    case "Name": {
      const known = names.get(node.id);
      if (known === undefined) throw nameError(node.id);
      return known;
    }
    case "List":
      return node.elts.map(value);
    case "Tuple":
      return new PyTuple(node.elts.map(value));
    case "Set":
      return new PySet(node.elts.map(value));
    case "Dict":
      return PyDict.of(
        node.items.map((item) => [item.key === null ? refuse("Dict") : value(item.key), value(item.value)]),
      );
    case "UnaryOp":
      return unary(node.op, value(node.operand));
    case "BinOp":
      return binary(node.op, value(node.left), value(node.right));
    case "BoolOp":
      return node.values.reduce<PyValue | undefined>(
        (left, right) => (left !== undefined && truthy(left) === (node.op === "or") ? left : value(right)),
        undefined,
      ) as PyValue;
    case "Compare":
      return compare(
        value(node.left),
        node.rest.map(({ op, value: right }) => [op, value(right)] as const),
      );
    case "IfExp":
      return truthy(value(node.test)) ? value(node.body) : value(node.orelse);
    case "Subscript":
      return getItem(value(node.value), value(node.slice));
    case "Attribute":
    case "Slice":
    case "Call":
    case "Lambda":
    case "ListComp":
    case "SetComp":
    case "DictComp":
    case "GeneratorExp":
    case "Starred":
    case "Await":
    case "Yield":
    case "YieldFrom":
    case "NamedExpr":
    case "JoinedStr":
      return refuse(node.type);
  }
}

function refuse(type: string): never {
  throw new PyError("Exception", `model text is never run: <class 'ast.${type}'>`);
}

function unary(op: string, value: PyValue): PyValue {
  if (op === "not") return !truthy(value);
  if (op === "-") return neg(value);
  const int = isInt(value) ? BigInt(value) : null;
  if (op === "~" && int !== null) return ~int;
  if (op === "+" && (int !== null || typeof value === "number")) return int ?? value;
  throw typeError(`bad operand type for unary ${op}: '${typeName(value)}'`);
}

function binary(op: BinaryOperator, left: PyValue, right: PyValue): PyValue {
  switch (op) {
    case "+":
      return add(left, right);
    case "-":
      return sub(left, right);
    case "*":
      return mul(left, right);
    case "/":
      return truediv(left, right);
    case "%":
      return typeof left === "string" ? percentFormat(left, right) : mod(left, right);
    case "**":
      return pow(left, right);
    case "//":
      return floorDivide(left, right);
    case "<<":
    case ">>":
    case "|":
    case "^":
    case "&":
      return bitwise(op, left, right);
    case "@":
      throw typeError(`unsupported operand type(s) for @: '${typeName(left)}' and '${typeName(right)}'`);
  }
}

/** `//` by way of `%`: exact on ints. */
function floorDivide(left: PyValue, right: PyValue): PyValue {
  if (isInt(left) && isInt(right) && BigInt(right) !== 0n) {
    return (BigInt(left) - BigInt(mod(left, right) as bigint)) / BigInt(right);
  }
  if (isInt(left) && isInt(right)) throw new PyError("ZeroDivisionError", "integer division or modulo by zero");
  const quotient = truediv(left, right);
  if (typeof quotient === "number") return Math.floor(quotient);
  throw typeError(`unsupported operand type(s) for //: '${typeName(left)}' and '${typeName(right)}'`);
}

function bitwise(op: "<<" | ">>" | "|" | "^" | "&", left: PyValue, right: PyValue): PyValue {
  if (!isInt(left) || !isInt(right)) {
    throw typeError(`unsupported operand type(s) for ${op}: '${typeName(left)}' and '${typeName(right)}'`);
  }
  const [a, b] = [BigInt(left), BigInt(right)];
  if (op === "|" || op === "^" || op === "&") {
    const bits = op === "|" ? a | b : op === "^" ? a ^ b : a & b;
    return typeof left === "boolean" && typeof right === "boolean" ? bits === 1n : bits;
  }
  if (b < 0n) throw new PyError("ValueError", "negative shift count");
  if (op === ">>") return b > MAX_SHIFT ? (a < 0n ? -1n : 0n) : a >> b;
  if (b > MAX_SHIFT) throw new PyError("MemoryError", "");
  return a << b;
}

function compare(first: PyValue, rest: readonly (readonly [string, PyValue])[]): boolean {
  let left = first;
  for (const [op, right] of rest) {
    if (!holds(op, left, right)) return false;
    left = right;
  }
  return true;
}

function holds(op: string, left: PyValue, right: PyValue): boolean {
  switch (op) {
    case "==":
      return eq(left, right);
    case "!=":
      return ne(left, right);
    case "<":
      return lt(left, right);
    case "<=":
      return le(left, right);
    case ">":
      return gt(left, right);
    case ">=":
      return ge(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    case "is":
      return left === right;
    default:
      return left !== right;
  }
}
