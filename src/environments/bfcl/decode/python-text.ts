import { evaluate } from "../python/ast/evaluate.ts";
import type { Call, Expression } from "../python/ast/nodes.ts";
import { parseExpression } from "../python/ast/parse-expression.ts";
import { unparse } from "../python/ast/unparse.ts";
import { PyError, typeError } from "../python/errors.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { neg } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { strip } from "../python/strings.ts";
import { ELLIPSIS, PyDict, PyTuple, type PyValue } from "../python/values.ts";

/** Classes of the ast module that have a field `value`, which is an expression. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  "Attribute",
  "Subscript",
  "Starred",
  "NamedExpr",
  "Await",
  "Yield",
  "YieldFrom",
  "DictComp",
]);

/** The parameters of a function in their order, which positional arguments get the names of. */
export type ParameterNames = (name: string) => readonly string[];

/** The official decoder drops positional arguments. */
const DROPPED: ParameterNames = () => [];

/**
 * Python call text, `[f(a=1), g()]` or one call, as the official `ast_parse` reads it: `[{name: {argument: value}}]`.
 * Whatever is no literal becomes its text; positional arguments are dropped unless their names are known. Throws PyError.
 */
export function decodePython(text: string, namesOf: ParameterNames = DROPPED): PyDict[] {
  const cleaned = strip(strip(text, null, true, true), "'", true, true);
  const parsed = parse(cleaned);
  if (parsed.type === "Call") return [resolveCall(parsed, namesOf)];
  if (parsed.type !== "List" && parsed.type !== "Tuple" && parsed.type !== "Set") {
    throw attributeError({ className: parsed.type }, "elts");
  }
  return parsed.elts.map((element) => {
    if (element.type !== "Call") throw new PyError("AssertionError", "");
    return resolveCall(element, namesOf);
  });
}

/** ast.parse names the source `<unknown>`, eval `<string>`. */
function parse(text: string): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    throw new PyError(error.kind, error.message.replace("(<string>, line", "(<unknown>, line"));
  }
}

/** The dotted name; of anything else that is called (the result of a call, an item) only the attributes are left. */
function resolveCall(call: Call, namesOf: ParameterNames): PyDict {
  const name = call.func.type === "Name" ? call.func.id : dottedName(call.func);
  const names = call.args.length === 0 ? [] : namesOf(name);
  const args = new PyDict();
  for (const [index, value] of call.args.entries()) {
    const param = names[index];
    if (param !== undefined) args.set(param, resolveValue(value));
  }
  for (const { arg, value } of call.keywords) args.set(arg, resolveValue(value));
  return PyDict.of([[name, args]]);
}

function dottedName(callee: Expression): string {
  const parts: string[] = [];
  let func = callee;
  while (func.type === "Attribute") {
    parts.push(func.attr);
    func = func.value;
  }
  if (func.type === "Name") parts.push(func.id);
  return parts.reverse().join(".");
}

function resolveValue(node: Expression): PyValue {
  switch (node.type) {
    case "Constant":
      return node.value === ELLIPSIS ? "..." : node.value;
    case "UnaryOp":
      return negative(node.operand);
    case "List":
      return node.elts.map(resolveValue);
    case "Dict":
      return PyDict.of(
        node.items.map(({ key, value }) => [key === null ? unsupported(null) : resolveValue(key), resolveValue(value)]),
      );
    case "BinOp":
      return evaluate(node);
    case "Name":
      return node.id;
    case "Call":
      return node.keywords.length === 0 ? unparse(node) : resolveCall(node, DROPPED);
    case "Tuple":
      return new PyTuple(node.elts.map(resolveValue));
    case "Lambda":
      throw typeError(`'${node.body.type}' object is not subscriptable`);
    case "Subscript":
      return `${unparse(node.value)}[${unparse(node.slice)}]`;
    default:
      return unsupported(node);
  }
}

function unsupported(node: Expression | null): never {
  const type = node === null ? "NoneType" : `ast.${node.type}`;
  throw new PyError("Exception", `Unsupported AST type: <class '${type}'>`);
}

/** Every unary operator is taken for a minus. */
function negative(operand: Expression): PyValue {
  if (operand.type === "Constant") return neg(operand.value);
  if (!WITH_VALUE.has(operand.type)) throw attributeError({ className: operand.type }, "value");
  const value = "value" in operand ? (operand.value as Expression | null) : operand;
  throw typeError(`bad operand type for unary -: '${value?.type ?? "NoneType"}'`);
}

/** Decoded calls as the call text that the official engine evaluates (`decoded_output_to_execution_list`). */
export function toCallTexts(decoded: readonly PyDict[]): string[] {
  return decoded.flatMap((call) =>
    Array.from(call.entries(), ([name, args]) => `${keyText(name)}(${argumentTexts(args).join(", ")})`),
  );
}

function argumentTexts(args: PyValue): string[] {
  if (!(args instanceof PyDict)) throw attributeError(args, "items");
  return Array.from(args.entries(), ([name, value]) => `${keyText(name)}=${nestedText(value)}`);
}

/** A dict of dicts is taken for a call. */
function nestedText(value: PyValue): string {
  if (!(value instanceof PyDict)) return repr(value);
  const values = [...value.values()];
  if (!values.every((each) => each instanceof PyDict)) {
    const items = Array.from(value.entries(), ([key, item]) => `'${keyText(key)}': ${nestedText(item)}`);
    return `{${items.join(", ")}}`;
  }
  const [first] = value.entries();
  if (first === undefined) throw new PyError("IndexError", "list index out of range");
  return `${keyText(first[0])}(${argumentTexts(first[1]).join(", ")})`;
}

/** A key as an f-string writes it. */
function keyText(key: PyValue): string {
  return typeof key === "string" ? key : repr(key);
}
