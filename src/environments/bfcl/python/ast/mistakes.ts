import { KEYWORDS } from "../keywords.ts";
import type { Token } from "../tokens.ts";
import type { Call, Expression } from "./nodes.ts";

/** CPython's words for some mistakes, and what it looks at to tell them apart. */

export const FORGOTTEN_COMMA = "invalid syntax. Perhaps you forgot a comma?";
export const MEANT_COMPARISON = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";

/** How CPython calls what cannot be assigned to. */
const UNASSIGNABLE: Readonly<Partial<Record<Expression["type"], string>>> = {
  Call: "function call",
  Attribute: "attribute",
  Subscript: "subscript",
  BinOp: "expression",
  UnaryOp: "expression",
  Compare: "comparison",
  Dict: "dict literal",
  Set: "set display",
};

/** Why something stands before a `=` in vain; null where that is no mistake of its own. */
export function wronglyAssigned({ type }: Expression): string | null {
  if (type === "Name") return MEANT_COMPARISON;
  const what = UNASSIGNABLE[type];
  return what === undefined ? null : `cannot assign to ${what} here. Maybe you meant '==' instead of '='?`;
}

/** Why an argument without a name may not stand behind these. */
export function afterKeyword(keywords: Call["keywords"]): string {
  const unpacked = keywords.some(({ arg }) => arg === null);
  return `positional argument follows keyword argument${unpacked ? " unpacking" : ""}`;
}

/** Words that begin an expression, though they are keywords. */
const OPENERS: ReadonlySet<string> = new Set(["None", "True", "False", "not", "lambda", "await"]);

/** Symbols that begin an expression and never go on with one. */
const OPENING: ReadonlySet<string> = new Set(["{", "~", "..."]);

/** Whether an expression begins with this token, and goes on. */
export function opensExpression({ kind, text }: Token): boolean {
  return kind === "symbol" ? OPENING.has(text) : kind === "name" && OPENERS.has(text);
}

export const isString = ({ kind }: Token): boolean => kind === "string" || kind === "bytes" || kind === "fstring";

/** Whether a token is an expression by itself. */
export const isAtom = (token: Token): boolean =>
  token.kind === "name" ? !KEYWORDS.has(token.text) : token.kind === "number" || isString(token);
