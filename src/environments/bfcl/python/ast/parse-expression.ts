import { PyError, syntaxError } from "../errors.ts";
import { KEYWORDS } from "../keywords.ts";
import { numeral } from "../numeral.ts";
import { isSoftKeyword, type Token, Tokens } from "../tokens.ts";
import { ELLIPSIS, type PyValue } from "../values.ts";
import {
  afterKeyword,
  FORGOTTEN_COMMA,
  isAtom,
  isString,
  MEANT_COMPARISON,
  opensExpression,
  wronglyAssigned,
} from "./mistakes.ts";
import {
  type BinaryOperator,
  type Call,
  type Comparison,
  type Comprehension,
  type DictItem,
  type Expression,
  type Parameter,
  PyBytes,
} from "./nodes.ts";

/** Nesting that is read; CPython's parser ends at 200 brackets. */
const MAX_DEPTH = 100;

const CONSTANTS: ReadonlyMap<string, PyValue> = new Map<string, PyValue>([
  ["None", null],
  ["True", true],
  ["False", false],
]);

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "@", "/", "%", "//"],
];
const BINARY: ReadonlyMap<string, { readonly op: BinaryOperator; readonly level: number }> = new Map(
  LEVELS.flatMap((operators, level) => operators.map((op) => [op, { op, level }] as const)),
);

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** One expression, as `ast.parse(text, mode="eval")` reads it. Throws PyError (SyntaxError) with CPython's text. */
export function parseExpression(text: string): Expression {
  if (text === "") throw syntaxError("invalid syntax (<string>, line 0)");
  const reader = new ExpressionReader(new Tokens(text, { allStrings: true }));
  const expression = reader.whole();
  reader.end();
  return expression;
}

/** The `NAME = expression` lines of a module that has nothing else but comments. */
export function parseModule(text: string): [name: string, value: Expression][] {
  return new ExpressionReader(new Tokens(text, { allStrings: true })).assignments();
}

type Keyword = Call["keywords"][number];

class ExpressionReader {
  readonly #tokens: Tokens;
  #depth = 0;
  #brackets = 0;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** An expression, or several parted by commas: a tuple. */
  whole(): Expression {
    const first = this.#starred();
    return this.#isNext(",") ? this.#tuple(first, (token) => token.kind === "end" || token.text === "\n") : first;
  }

  end(): void {
    while (this.#tokens.accept("\n"));
    if (this.#tokens.peek().kind !== "end") throw this.#invalid();
  }

  assignments(): [string, Expression][] {
    const found: [string, Expression][] = [];
    for (;;) {
      while (this.#tokens.accept("\n"));
      const token = this.#tokens.next();
      if (token.kind === "end") return found;
      if (token.kind !== "name") throw this.#invalid();
      this.#expect("=");
      found.push([token.text, this.whole()]);
    }
  }

  #invalid(): Error {
    this.#tokens.peek();
    return this.#tokens.error("invalid syntax");
  }

  #isNext(symbol: string): boolean {
    const token = this.#tokens.peek();
    return token.kind === "symbol" && token.text === symbol;
  }

  #isWord(word: string): boolean {
    const token = this.#tokens.peek();
    return token.kind === "name" && token.text === word;
  }

  #acceptWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#tokens.next();
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#tokens.accept(symbol)) throw this.#invalid();
  }

  /** Two expressions side by side are told apart from other nonsense, in brackets at least. */
  #noNeighbour(body: Expression, first: Token, start: number): void {
    const next = this.#tokens.peek();
    const opens = opensExpression(next);
    if (!opens && !isAtom(next)) return;
    const beside = this.#tokens.mark();
    // To CPython a name before a string is a string whose prefix does not exist.
    const isPrefix = body.type === "Name" && isString(next);
    if (isPrefix || isSoftKeyword(first)) {
      // What follows a name is read as if the name were a statement, and its own mistakes come first.
      if (body.type === "Name") this.expression();
      throw this.#tokens.error("invalid syntax", beside);
    }
    if (opens) this.expression();
    else this.#tokens.next();
    this.#tokens.peek();
    if (this.#brackets === 0) throw this.#tokens.error("invalid syntax", beside);
    throw this.#tokens.error(FORGOTTEN_COMMA, start);
  }

  /** The rest of a tuple whose first item was read. */
  #tuple(first: Expression, isEnd: (token: Token) => boolean): Expression {
    const elts = [first];
    while (this.#tokens.accept(",")) {
      if (isEnd(this.#tokens.peek())) break;
      elts.push(this.#starred());
    }
    return { type: "Tuple", elts };
  }

  /** An item of a list, tuple or set: `*value`, `name := value` or an expression. */
  #starred(): Expression {
    if (this.#tokens.accept("*")) return { type: "Starred", value: this.#binary(0) };
    const start = this.#tokens.mark();
    const value = this.#named();
    if (this.#brackets > 0 && this.#isNext("=")) throw this.#assigned(value, start);
    return value;
  }

  /** The error for `a = b` where only an expression may stand. */
  #assigned(target: Expression, start: number): Error {
    this.#expect("=");
    this.#binary(0);
    if (this.#isNext("=") || this.#isNext(":=")) return this.#invalid();
    const why = wronglyAssigned(target);
    return why === null ? this.#invalid() : this.#tokens.error(why, start);
  }

  #named(): Expression {
    const value = this.expression();
    if (value.type !== "Name" || !this.#tokens.accept(":=")) return value;
    return { type: "NamedExpr", target: value, value: this.expression() };
  }

  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw syntaxError("too many nested parentheses (<string>, line 1)");
    const start = this.#tokens.mark();
    const opening = this.#tokens.peek();
    try {
      if (this.#acceptWord("lambda")) return this.#lambda();
      const body = this.#or();
      if (!this.#acceptWord("if")) {
        this.#noNeighbour(body, opening, start);
        return body;
      }
      const test = this.#or();
      if (!this.#acceptWord("else")) throw this.#tokens.error("expected 'else' after 'if' expression");
      return { type: "IfExp", test, body, orelse: this.expression() };
    } finally {
      this.#depth--;
    }
  }

  #lambda(): Expression {
    const args: Parameter[] = [];
    while (!this.#tokens.accept(":")) {
      args.push(this.#parameter());
      if (this.#tokens.accept(",")) continue;
      this.#expect(":");
      break;
    }
    return { type: "Lambda", args, body: this.expression() };
  }

  #parameter(): Parameter {
    if (this.#tokens.accept("/")) return { name: "/", value: null };
    const stars = this.#tokens.accept("**") ? "**" : this.#tokens.accept("*") ? "*" : "";
    if (stars === "*" && this.#isNext(",")) return { name: "*", value: null };
    const name = this.#tokens.next();
    if (name.kind !== "name" || KEYWORDS.has(name.text)) throw this.#invalid();
    return {
      name: `${stars}${name.text}`,
      value: stars === "" && this.#tokens.accept("=") ? this.expression() : null,
    };
  }

  #or(): Expression {
    const first = this.#and();
    if (!this.#isWord("or")) return first;
    const values = [first];
    while (this.#acceptWord("or")) values.push(this.#and());
    return { type: "BoolOp", op: "or", values };
  }

  #and(): Expression {
    const first = this.#not();
    if (!this.#isWord("and")) return first;
    const values = [first];
    while (this.#acceptWord("and")) values.push(this.#not());
    return { type: "BoolOp", op: "and", values };
  }

  #not(): Expression {
    let nots = 0;
    while (this.#acceptWord("not")) nots++;
    if (nots > MAX_DEPTH) throw syntaxError("too many nested parentheses (<string>, line 1)");
    let value = this.#comparison();
    for (; nots > 0; nots--) value = { type: "UnaryOp", op: "not", operand: value };
    return value;
  }

  #comparison(): Expression {
    const left = this.#binary(0);
    const rest: Comparison[] = [];
    for (let op = this.#comparator(); op !== null; op = this.#comparator()) rest.push({ op, value: this.#binary(0) });
    return rest.length === 0 ? left : { type: "Compare", left, rest };
  }

  #comparator(): string | null {
    const { kind, text } = this.#tokens.peek();
    if (kind === "symbol" && COMPARISONS.has(text)) return this.#tokens.next().text;
    if (this.#acceptWord("in")) return "in";
    if (this.#acceptWord("is")) return this.#acceptWord("not") ? "is not" : "is";
    if (!this.#isWord("not")) return null;
    this.#tokens.next();
    if (!this.#acceptWord("in")) throw this.#invalid();
    return "not in";
  }

  /** Operators that bind at least as tightly as the level. */
  #binary(level: number): Expression {
    let left = this.#factor();
    for (;;) {
      const { kind, text } = this.#tokens.peek();
      const own = kind === "symbol" ? BINARY.get(text) : undefined;
      if (own === undefined || own.level < level) return left;
      this.#tokens.next();
      left = { type: "BinOp", op: own.op, left, right: this.#binary(own.level + 1) };
    }
  }

  #factor(): Expression {
    const { kind, text } = this.#tokens.peek();
    if (kind === "symbol" && (text === "-" || text === "+" || text === "~")) {
      this.#tokens.next();
      if (++this.#depth > MAX_DEPTH) throw syntaxError("too many nested parentheses (<string>, line 1)");
      const operand = this.#factor();
      this.#depth--;
      return { type: "UnaryOp", op: text, operand };
    }
    const base = this.#acceptWord("await")
      ? ({ type: "Await", value: this.#primary() } satisfies Expression)
      : this.#primary();
    return this.#tokens.accept("**") ? { type: "BinOp", op: "**", left: base, right: this.#factor() } : base;
  }

  #primary(): Expression {
    const start = this.#tokens.mark();
    let value = this.#atom();
    for (;;) {
      if (this.#tokens.accept(".")) {
        const name = this.#tokens.next();
        if (name.kind !== "name" || KEYWORDS.has(name.text)) throw this.#invalid();
        value = { type: "Attribute", value, attr: name.text };
      } else if (this.#tokens.accept("(")) value = this.#bracketed(() => this.#call(value));
      else if (this.#tokens.accept("[")) {
        if (this.#tokens.accept("]")) throw this.#besideList(start);
        const slice = this.#bracketed(() => this.#slices());
        value = { type: "Subscript", value, slice };
      } else return value;
    }
  }

  /** The error for `x[]`: to CPython that is an empty list behind an expression. */
  #besideList(start: number): Error {
    this.#tokens.peek();
    return this.#brackets === 0 ? this.#invalid() : this.#tokens.error(FORGOTTEN_COMMA, start);
  }

  #bracketed<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw syntaxError("too many nested parentheses (<string>, line 1)");
    this.#brackets++;
    const value = read();
    this.#brackets--;
    this.#depth--;
    return value;
  }

  #call(func: Expression): Call {
    const args: Expression[] = [];
    const keywords: Keyword[] = [];
    while (!this.#tokens.accept(")")) {
      this.#argument(args, keywords);
      if (this.#tokens.accept(",")) continue;
      this.#expect(")");
      break;
    }
    return { type: "Call", func, args, keywords };
  }

  #argument(args: Expression[], keywords: Keyword[]): void {
    if (this.#tokens.accept("**")) {
      keywords.push({ arg: null, value: this.expression() });
      return;
    }
    if (this.#tokens.accept("*")) {
      if (keywords.some(({ arg }) => arg === null)) {
        throw this.#tokens.error("iterable argument unpacking follows keyword argument unpacking");
      }
      args.push({ type: "Starred", value: this.expression() });
      return;
    }
    const value = this.#argumentOrName(keywords);
    if (this.#tokens.accept("=")) {
      if (value.type === "Constant" && (value.value === null || typeof value.value === "boolean")) {
        const name = value.value === null ? "None" : value.value ? "True" : "False";
        throw this.#tokens.error(`cannot assign to ${name}`);
      }
      if (value.type !== "Name") {
        throw this.#tokens.error('expression cannot contain assignment, perhaps you meant "=="?');
      }
      keywords.push({ arg: value.id, value: this.expression() });
      if (this.#isWord("for")) throw this.#tokens.error(MEANT_COMPARISON);
      return;
    }
    if (keywords.length > 0) throw this.#tokens.error(afterKeyword(keywords));
    if (!this.#isWord("for") && !this.#isWord("async")) {
      args.push(value);
      return;
    }
    const generator = this.#comprehension("GeneratorExp", value, null);
    if (args.length > 0 || this.#isNext(",")) throw this.#tokens.error("Generator expression must be parenthesized");
    args.push(generator);
  }

  /** Behind a keyword argument CPython looks no further than to the beginning of one that has no name. */
  #argumentOrName(keywords: readonly Keyword[]): Expression {
    const first = this.#tokens.peek();
    try {
      return this.#named();
    } catch (error) {
      if (keywords.length === 0 || !isAtom(first) || !(error instanceof PyError)) throw error;
      throw syntaxError(error.message.replace(/^invalid syntax(?= \()/, afterKeyword(keywords)));
    }
  }

  #slices(): Expression {
    const first = this.#slice();
    if (!this.#isNext(",")) {
      this.#expect("]");
      return first;
    }
    const elts = [first];
    while (this.#tokens.accept(",") && !this.#isNext("]")) elts.push(this.#slice());
    this.#expect("]");
    return { type: "Tuple", elts };
  }

  #slice(): Expression {
    const lower = this.#isNext(":") ? null : this.#starred();
    if (!this.#tokens.accept(":")) return lower ?? this.#unexpected();
    const upper = this.#isSliceEnd() || this.#isNext(":") ? null : this.expression();
    const step = this.#tokens.accept(":") && !this.#isSliceEnd() ? this.expression() : null;
    return { type: "Slice", lower, upper, step };
  }

  #isSliceEnd(): boolean {
    return this.#isNext("]") || this.#isNext(",");
  }

  #unexpected(): never {
    throw this.#invalid();
  }

  #atom(): Expression {
    const token = this.#tokens.next();
    switch (token.kind) {
      case "string":
      case "bytes":
      case "fstring":
        return this.#strings(token);
      case "number":
        return { type: "Constant", value: numeral(this.#tokens, token.text) };
      case "name":
        return this.#name(token.text);
      case "symbol":
        return this.#bracket(token.text);
      case "indent":
      case "end":
        throw this.#invalid();
    }
  }

  /** Strings side by side are one. */
  #strings(first: Token): Expression {
    const parts = [first];
    while (isString(this.#tokens.peek())) parts.push(this.#tokens.next());
    const wrong = parts.find((part) => part.wrong !== undefined)?.wrong;
    if (wrong !== undefined) throw this.#tokens.error(wrong);
    if (first.kind === "string" && parts.length === 1) return { type: "Constant", value: first.text };
    const text = parts.map((part) => part.text).join("");
    const bytes = parts.filter(({ kind }) => kind === "bytes").length;
    if (bytes > 0 && bytes < parts.length) throw this.#tokens.error("cannot mix bytes and nonbytes literals");
    if (bytes > 0) return { type: "Constant", value: new PyBytes(text) };
    return parts.some(({ kind }) => kind === "fstring")
      ? { type: "JoinedStr", source: text }
      : { type: "Constant", value: text };
  }

  #name(text: string): Expression {
    const value = CONSTANTS.get(text);
    if (value !== undefined) return { type: "Constant", value };
    if (KEYWORDS.has(text)) throw this.#invalid();
    return { type: "Name", id: text };
  }

  #bracket(open: string): Expression {
    switch (open) {
      case "(":
        return this.#bracketed(() => this.#parenthesis());
      case "[":
        return this.#bracketed(() => this.#items("List", "ListComp", "]"));
      case "{":
        return this.#bracketed(() => this.#dictOrSet());
      case "...":
        return { type: "Constant", value: ELLIPSIS };
      default:
        throw this.#tokens.error("invalid syntax");
    }
  }

  #parenthesis(): Expression {
    if (this.#tokens.accept(")")) return { type: "Tuple", elts: [] };
    if (this.#acceptWord("yield")) {
      const value = this.#yielded();
      this.#expect(")");
      return value;
    }
    const first = this.#starred();
    if (this.#isWord("for") || this.#isWord("async")) {
      const value = this.#comprehension("GeneratorExp", first, null);
      this.#expect(")");
      return value;
    }
    const value = this.#isNext(",") ? this.#tuple(first, ({ text }) => text === ")") : first;
    this.#expect(")");
    if (value.type === "Starred") throw this.#tokens.error("cannot use starred expression here");
    return value;
  }

  /** What follows a `yield`, which stands in parentheses only. */
  #yielded(): Expression {
    if (this.#acceptWord("from")) return { type: "YieldFrom", value: this.expression() };
    if (this.#isNext(")")) return { type: "Yield", value: null };
    const first = this.#starred();
    return { type: "Yield", value: this.#isNext(",") ? this.#tuple(first, ({ text }) => text === ")") : first };
  }

  #items(type: "List" | "Set", comprehension: "ListComp" | "SetComp", close: string): Expression {
    const elts: Expression[] = [];
    while (!this.#tokens.accept(close)) {
      const item = this.#starred();
      if (elts.length === 0 && (this.#isWord("for") || this.#isWord("async"))) {
        const value = this.#comprehension(comprehension, item, null);
        this.#expect(close);
        return value;
      }
      elts.push(item);
      if (this.#tokens.accept(",")) continue;
      this.#expect(close);
      break;
    }
    return { type, elts };
  }

  #dictOrSet(): Expression {
    if (this.#tokens.accept("}")) return { type: "Dict", items: [] };
    if (!this.#isNext("**")) {
      const first = this.#starred();
      if (!this.#tokens.accept(":")) return this.#set(first);
      const value = this.#dictValue();
      if (this.#isWord("for") || this.#isWord("async")) {
        const comprehension = this.#comprehension("DictComp", first, value);
        this.#expect("}");
        return comprehension;
      }
      return this.#dict([{ key: first, value }]);
    }
    return this.#dict([this.#dictItem()]);
  }

  #set(first: Expression): Expression {
    if (this.#isWord("for") || this.#isWord("async")) {
      const value = this.#comprehension("SetComp", first, null);
      this.#expect("}");
      return value;
    }
    if (this.#tokens.accept("}")) return { type: "Set", elts: [first] };
    this.#expect(",");
    const rest = this.#items("Set", "SetComp", "}");
    return { type: "Set", elts: [first, ...(rest.type === "Set" ? rest.elts : this.#unexpected())] };
  }

  #dict(items: DictItem[]): Expression {
    while (!this.#tokens.accept("}")) {
      this.#expect(",");
      if (this.#tokens.accept("}")) break;
      items.push(this.#dictItem());
    }
    return { type: "Dict", items };
  }

  #dictItem(): DictItem {
    if (this.#tokens.accept("**")) return { key: null, value: this.#binary(0) };
    const key = this.expression();
    if (!this.#tokens.accept(":")) {
      if (this.#isNext("}") || this.#isNext(",")) throw this.#tokens.error("':' expected after dictionary key");
      throw this.#invalid();
    }
    return { key, value: this.#dictValue() };
  }

  #dictValue(): Expression {
    if (this.#isNext("}") || this.#isNext(",")) {
      throw this.#tokens.error("expression expected after dictionary key and ':'");
    }
    if (this.#isNext("*")) throw this.#tokens.error("cannot use a starred expression in a dictionary value");
    return this.expression();
  }

  #comprehension(type: Comprehension["type"], elt: Expression, value: Expression | null): Expression {
    const generators: Comprehension["generators"][number][] = [];
    while (this.#isWord("for") || this.#isWord("async")) {
      const isAsync = this.#acceptWord("async");
      if (!this.#acceptWord("for")) throw this.#invalid();
      const first = this.#binary(0);
      const target = this.#isNext(",") ? this.#tuple(first, ({ text }) => text === "in") : first;
      if (!this.#acceptWord("in")) throw this.#invalid();
      const iter = this.#or();
      const ifs: Expression[] = [];
      while (this.#acceptWord("if")) ifs.push(this.#or());
      generators.push({ isAsync, target, iter, ifs });
    }
    return { type, elt, value, generators };
  }
}
