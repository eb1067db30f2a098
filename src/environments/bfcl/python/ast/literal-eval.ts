import { PyError, valueError } from "../errors.ts";
import { add, neg, sub } from "../operators.ts";
import { isNumber, PyComplex, PyDict, PySet, PyTuple, type PyValue } from "../values.ts";
import type { Expression } from "./nodes.ts";
import { parseExpression } from "./parse-expression.ts";

/** The value of a text of literals, as `ast.literal_eval` gives it. Throws PyError: SyntaxError, or ValueError on anything else. */
export function literalEval(text: string): PyValue {
  try {
    return literal(parseExpression(text.replace(/^[ \t]+/, "")));
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    throw new PyError(error.kind, error.message.replace("(<string>, line", "(<unknown>, line"));
  }
}

function literal(node: Expression): PyValue {
  switch (node.type) {
    case "Constant":
      return node.value;
    case "Tuple":
      return new PyTuple(node.elts.map(literal));
    case "List":
      return node.elts.map(literal);
    case "Set":
      return new PySet(node.elts.map(literal));
    case "Dict":
      return PyDict.of(
        node.items.map(({ key, value }) => [key === null ? malformed(node) : literal(key), literal(value)]),
      );
    case "UnaryOp":
    case "BinOp":
      return number(node);
    case "Call":
      if (node.func.type === "Name" && node.func.id === "set" && node.args.length + node.keywords.length === 0) {
        return new PySet();
      }
      return malformed(node);
    default:
      return malformed(node);
  }
}

/** A number with a sign, or a real one plus or minus an imaginary one. */
function number(node: Expression): PyValue {
  if (node.type === "BinOp" && (node.op === "+" || node.op === "-")) {
    const [left, right] = [signed(node.left), literal(node.right)];
    if (isNumber(left) && right instanceof PyComplex) return node.op === "+" ? add(left, right) : sub(left, right);
  }
  return signed(node);
}

function signed(node: Expression): PyValue {
  if (node.type === "UnaryOp" && (node.op === "-" || node.op === "+")) {
    const value = signed(node.operand);
    return node.op === "-" ? neg(value) : value;
  }
  const isNumeral = node.type === "Constant" && typeof node.value !== "boolean";
  if (isNumeral && (isNumber(node.value) || node.value instanceof PyComplex)) return node.value;
  return malformed(node);
}

function malformed(node: Expression): never {
  throw valueError(`malformed node or string on line 1: <ast.${node.type} object>`);
}
