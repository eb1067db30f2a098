import { repr } from "../repr.ts";
import { PyComplex } from "../values.ts";
import type { BinaryOperator, Expression, UnaryOperator } from "./nodes.ts";

/** How tightly an expression binds, from loose to tight: looser ones get parentheses inside of tighter ones. */
enum Bind {
  Named,
  Tuple,
  Yield,
  Test,
  Or,
  And,
  Not,
  Compare,
  BitOr,
  BitXor,
  BitAnd,
  Shift,
  Arith,
  Term,
  Factor,
  Power,
  Await,
  Atom,
}

const BINARY: Readonly<Record<BinaryOperator, Bind>> = {
  "|": Bind.BitOr,
  "^": Bind.BitXor,
  "&": Bind.BitAnd,
  "<<": Bind.Shift,
  ">>": Bind.Shift,
  "+": Bind.Arith,
  "-": Bind.Arith,
  "*": Bind.Term,
  "@": Bind.Term,
  "/": Bind.Term,
  "%": Bind.Term,
  "//": Bind.Term,
  "**": Bind.Power,
};

const UNARY: Readonly<Record<UnaryOperator, Bind>> = {
  not: Bind.Not,
  "-": Bind.Factor,
  "+": Bind.Factor,
  "~": Bind.Factor,
};

/** The source text of an expression as `ast.unparse` writes it: one form for each tree, whatever stood in the text. */
export function unparse(expression: Expression): string {
  return write(expression, Bind.Test);
}

function write(node: Expression, around: Bind): string {
  const inParens = (own: Bind, text: string): string => (around > own ? `(${text})` : text);
  switch (node.type) {
    case "Constant":
      return constant(node.value);
    case "Name":
      return node.id;
    case "Attribute": {
      const isInt = node.value.type === "Constant" && ["bigint", "boolean"].includes(typeof node.value.value);
      return `${write(node.value, Bind.Atom)}${isInt ? " " : ""}.${node.attr}`;
    }
    case "Subscript":
      return `${write(node.value, Bind.Atom)}[${subscript(node.slice)}]`;
    case "Slice": {
      const part = (each: Expression | null): string => (each === null ? "" : unparse(each));
      return `${part(node.lower)}:${part(node.upper)}${node.step === null ? "" : `:${part(node.step)}`}`;
    }
    case "Call": {
      const keywords = node.keywords.map(({ arg, value }) => `${arg === null ? "**" : `${arg}=`}${unparse(value)}`);
      return `${write(node.func, Bind.Atom)}(${[...node.args.map(unparse), ...keywords].join(", ")})`;
    }
    case "UnaryOp": {
      const bind = UNARY[node.op];
      return inParens(bind, `${node.op}${node.op === "not" ? " " : ""}${write(node.operand, bind)}`);
    }
    case "BinOp": {
      const bind = BINARY[node.op];
      const [left, right] = node.op === "**" ? [bind + 1, bind] : [bind, bind + 1];
      return inParens(bind, `${write(node.left, left)} ${node.op} ${write(node.right, right)}`);
    }
    case "BoolOp": {
      const bind = node.op === "or" ? Bind.Or : Bind.And;
      const parts = node.values.map((value, index) => write(value, Math.min(bind + 1 + index, Bind.Atom)));
      return inParens(bind, parts.join(` ${node.op} `));
    }
    case "Compare": {
      const rest = node.rest.map(({ op, value }) => ` ${op} ${write(value, Bind.Compare + 1)}`);
      return inParens(Bind.Compare, `${write(node.left, Bind.Compare + 1)}${rest.join("")}`);
    }
    case "IfExp": {
      const [body, test] = [write(node.body, Bind.Or), write(node.test, Bind.Or)];
      return inParens(Bind.Test, `${body} if ${test} else ${write(node.orelse, Bind.Test)}`);
    }
    case "Lambda": {
      const args = node.args.map(({ name, value }) => (value === null ? name : `${name}=${unparse(value)}`)).join(", ");
      return inParens(Bind.Test, `lambda${args === "" ? "" : ` ${args}`}: ${write(node.body, Bind.Test)}`);
    }
    case "List":
      return `[${node.elts.map(unparse).join(", ")}]`;
    case "Set":
      return node.elts.length === 0 ? "{*()}" : `{${node.elts.map(unparse).join(", ")}}`;
    case "Tuple":
      return node.elts.length === 0 || around > Bind.Tuple ? `(${items(node.elts)})` : items(node.elts);
    case "Dict": {
      const entries = node.items.map(({ key, value }) =>
        key === null ? `**${write(value, Bind.BitOr)}` : `${unparse(key)}: ${unparse(value)}`,
      );
      return `{${entries.join(", ")}}`;
    }
    case "ListComp":
    case "SetComp":
    case "DictComp":
    case "GeneratorExp":
      return comprehension(node);
    case "Starred":
      return `*${write(node.value, Bind.BitOr)}`;
    case "Await":
      return inParens(Bind.Await, `await ${write(node.value, Bind.Atom)}`);
    case "Yield":
      return inParens(Bind.Yield, node.value === null ? "yield" : `yield ${write(node.value, Bind.Atom)}`);
    case "YieldFrom":
      return inParens(Bind.Yield, `yield from ${write(node.value, Bind.Atom)}`);
    case "NamedExpr":
      return `(${write(node.target, Bind.Atom)} := ${write(node.value, Bind.Atom)})`;
    case "JoinedStr":
      return `f${repr(node.source)}`;
  }
}

/** A tuple of one item keeps its comma. */
function items(elts: readonly Expression[]): string {
  const texts = elts.map(unparse);
  return texts.length === 1 ? `${texts[0]},` : texts.join(", ");
}

function subscript(slice: Expression): string {
  return slice.type === "Tuple" && slice.elts.length > 0 ? items(slice.elts) : unparse(slice);
}

function constant(value: Parameters<typeof repr>[0]): string {
  const text = typeof value === "object" && value !== null && repr(value) === "Ellipsis" ? "..." : repr(value);
  if (typeof value !== "number" && !(value instanceof PyComplex)) return text;
  return text.replaceAll("inf", "1e309").replaceAll("nan", "(1e309-1e309)");
}

function comprehension(node: Extract<Expression, { generators: unknown }>): string {
  const [open, close] = { ListComp: "[]", SetComp: "{}", DictComp: "{}", GeneratorExp: "()" }[node.type];
  const generators = node.generators.map(({ isAsync, target, iter, ifs }) => {
    const filters = ifs.map((test) => ` if ${write(test, Bind.Or)}`).join("");
    return ` ${isAsync ? "async " : ""}for ${write(target, Bind.Tuple)} in ${write(iter, Bind.Or)}${filters}`;
  });
  const elt = node.value === null ? unparse(node.elt) : `${unparse(node.elt)}: ${unparse(node.value)}`;
  return `${open}${elt}${generators.join("")}${close}`;
}
