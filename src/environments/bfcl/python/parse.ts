import { nameError, type PyError, syntaxError, typeError } from "./errors.ts";
import { KEYWORDS } from "./keywords.ts";
import { numeral } from "./numeral.ts";
import { neg } from "./operators.ts";
import { isSoftKeyword, type Token, Tokens } from "./tokens.ts";
import { ELLIPSIS, PyComplex, PyDict, PySet, PyTuple, type PyValue, typeName } from "./values.ts";

/** A call as its text has it. A dotted name stays one text. */
export interface ParsedCall {
  readonly name: string;
  readonly args: readonly PyValue[];
  readonly kwargs: readonly (readonly [string, PyValue])[];
}

/** Nesting that is read; CPython's parser ends at 200 brackets. */
const MAX_DEPTH = 100;

const CONSTANTS: ReadonlySet<string> = new Set(["None", "True", "False"]);

/** A Python literal. Throws PyError: SyntaxError, or NameError on a name. Nothing is ever evaluated. */
export function parseLiteral(text: string): PyValue {
  const parser = new Parser(text);
  const value = parser.value();
  parser.end();
  return value;
}

/** One call of literals, `f(1, a='x')`. Throws PyError as CPython's eval of such text would. */
export function parseCall(text: string): ParsedCall {
  const parser = new Parser(text.replace(/^[ \t]+/, ""));
  const call = parser.call();
  parser.end();
  return call;
}

/** Calls in brackets, `[f(a=1), g()]`, or parted by commas without them. */
export function parseCalls(text: string): ParsedCall[] {
  const parser = new Parser(text.trim());
  const calls = parser.calls();
  parser.end();
  return calls;
}

/** The parameters of a function in parentheses, with the literals that are their defaults. */
export function parseParameters(text: string): [name: string, value: PyValue | undefined][] {
  const parser = new Parser(text);
  const parameters = parser.parameters();
  parser.end();
  return parameters;
}

/** The `NAME = literal` lines of a module that has nothing else. */
export function parseAssignments(source: string): Map<string, PyValue> {
  return new Parser(source).assignments();
}

class Parser {
  readonly #tokens: Tokens;
  #depth = 0;
  /** The first name that stands for a value. It matters at the end: Python reads all of a text before it looks names up. */
  #unknown: PyError | null = null;

  constructor(source: string) {
    this.#tokens = new Tokens(source);
  }

  end(): void {
    while (this.#tokens.accept("\n"));
    if (this.#tokens.peek().kind !== "end") throw this.#invalid();
    if (this.#unknown) throw this.#unknown;
  }

  call(): ParsedCall {
    const name = this.#dottedName();
    this.#expect("(");
    const args: PyValue[] = [];
    const kwargs = new Map<string, PyValue>();
    while (!this.#tokens.accept(")")) {
      this.#argument(args, kwargs);
      if (this.#tokens.accept(",")) continue;
      this.#expect(")");
      break;
    }
    return { name, args, kwargs: [...kwargs] };
  }

  calls(): ParsedCall[] {
    const bracketed = this.#tokens.accept("[");
    const calls: ParsedCall[] = [];
    while (!(bracketed && this.#tokens.accept("]"))) {
      calls.push(this.call());
      if (this.#tokens.accept(",")) continue;
      if (bracketed) this.#expect("]");
      break;
    }
    return calls;
  }

  assignments(): Map<string, PyValue> {
    const found = new Map<string, PyValue>();
    for (;;) {
      while (this.#tokens.accept("\n"));
      const token = this.#tokens.next();
      if (token.kind === "end") {
        if (this.#unknown) throw this.#unknown;
        return found;
      }
      if (token.kind !== "name") throw this.#invalid();
      this.#expect("=");
      found.set(token.text, this.value());
    }
  }

  parameters(): [string, PyValue | undefined][] {
    this.#expect("(");
    const parameters: [string, PyValue | undefined][] = [];
    while (!this.#tokens.accept(")")) {
      const { kind, text } = this.#tokens.next();
      if (kind !== "name" || KEYWORDS.has(text)) throw this.#invalid();
      parameters.push([text, this.#tokens.accept("=") ? this.value() : undefined]);
      if (this.#tokens.accept(",")) continue;
      this.#expect(")");
      break;
    }
    return parameters;
  }

  value(): PyValue {
    if (++this.#depth > MAX_DEPTH) throw syntaxError("too many nested parentheses (<string>, line 1)");
    const value = this.#signed();
    this.#depth--;
    return value;
  }

  #argument(args: PyValue[], kwargs: Map<string, PyValue>): void {
    const first = this.#tokens.peek();
    if (first.kind === "name") {
      const { text } = this.#tokens.next();
      if (this.#tokens.accept("=")) {
        if (CONSTANTS.has(text)) throw this.#tokens.error(`cannot assign to ${text}`);
        if (KEYWORDS.has(text)) throw this.#invalid();
        if (kwargs.has(text)) throw this.#tokens.error(`keyword argument repeated: ${text}`);
        kwargs.set(text, this.#value(true));
        return;
      }
      args.push(this.#named(text));
      this.#noNeighbour(first);
    } else {
      args.push(this.#value(true));
      if (this.#tokens.accept("=")) {
        throw this.#tokens.error('expression cannot contain assignment, perhaps you meant "=="?');
      }
    }
    if (kwargs.size > 0 && !this.#isNext("==", ":=", "."))
      throw this.#tokens.error("positional argument follows keyword argument");
  }

  /** A value in brackets, where two that stand side by side are told apart from other nonsense. */
  #value(inBrackets: boolean): PyValue {
    const first = this.#tokens.peek();
    const value = this.value();
    if (inBrackets) this.#noNeighbour(first);
    return value;
  }

  #noNeighbour(first: Token): void {
    const next = this.#tokens.peek();
    const isName = first.kind === "name" && !CONSTANTS.has(first.text);
    // To CPython that is a string whose prefix does not exist.
    if (next.kind === "string" && isName) throw this.#tokens.error("invalid syntax");
    const starts =
      next.kind === "number" ||
      next.kind === "string" ||
      (next.kind === "name" && (CONSTANTS.has(next.text) || !KEYWORDS.has(next.text)));
    if (!starts) return;
    if (isSoftKeyword(first)) throw this.#tokens.error("invalid syntax");
    // CPython has looked one token further when it says so.
    this.#tokens.next();
    this.#tokens.peek();
    throw this.#tokens.error("invalid syntax. Perhaps you forgot a comma?");
  }

  #isNext(...symbols: string[]): boolean {
    const { kind, text } = this.#tokens.peek();
    return kind === "symbol" && symbols.includes(text);
  }

  #expect(symbol: string): void {
    if (!this.#tokens.accept(symbol)) throw this.#invalid();
  }

  /** Text that goes on after a name may be an expression of Python's that is not read here: then the name is what fails. */
  #invalid(): Error {
    this.#tokens.peek();
    const error = this.#tokens.error("invalid syntax");
    return this.#unknown !== null && error.message.startsWith("invalid syntax (") ? this.#unknown : error;
  }

  #dottedName(): string {
    const parts: string[] = [];
    do {
      const token = this.#tokens.next();
      if (token.kind !== "name" || KEYWORDS.has(token.text)) throw this.#invalid();
      parts.push(token.text);
    } while (this.#tokens.accept("."));
    return parts.join(".");
  }

  #signed(): PyValue {
    if (this.#tokens.accept("-")) return neg(this.value());
    if (!this.#tokens.accept("+")) return this.#atom();
    const value = this.value();
    if (typeof value === "number" || typeof value === "bigint" || value instanceof PyComplex) return value;
    throw typeError(`bad operand type for unary +: '${typeName(value)}'`);
  }

  #atom(): PyValue {
    const token = this.#tokens.next();
    switch (token.kind) {
      case "string":
        return this.#joined(token);
      case "number":
        return numeral(this.#tokens, token.text);
      case "name":
        return this.#named(token.text);
      case "symbol":
        return this.#bracket(token.text);
      case "bytes":
      case "fstring":
      case "indent":
      case "end":
        throw this.#invalid();
    }
  }

  /** Strings side by side are one string. */
  #joined(first: Token): string {
    let { text, wrong } = first;
    while (this.#tokens.peek().kind === "string") {
      const more = this.#tokens.next();
      text += more.text;
      wrong ??= more.wrong;
    }
    if (wrong !== undefined) throw this.#tokens.error(wrong);
    return text;
  }

  #bracket(open: string): PyValue {
    switch (open) {
      case "[":
        return this.#items("]").items;
      case "(": {
        const { items, comma } = this.#items(")");
        const [only] = items;
        return items.length === 1 && !comma && only !== undefined ? only : new PyTuple(items);
      }
      case "{":
        return this.#dictOrSet();
      case "...":
        return ELLIPSIS;
      default:
        throw this.#tokens.error("invalid syntax");
    }
  }

  #items(close: string): { items: PyValue[]; comma: boolean } {
    const items: PyValue[] = [];
    let comma = false;
    while (!this.#tokens.accept(close)) {
      items.push(this.#value(true));
      comma = this.#tokens.accept(",");
      if (comma) continue;
      this.#expect(close);
      break;
    }
    return { items, comma };
  }

  #dictOrSet(): PyValue {
    if (this.#tokens.accept("}")) return new PyDict();
    const first = this.#value(true);
    if (!this.#tokens.accept(":")) {
      const rest = this.#tokens.accept(",") ? this.#items("}").items : [];
      if (rest.length === 0) this.#tokens.accept("}");
      return new PySet([first, ...rest]);
    }
    const dict = new PyDict();
    dict.set(first, this.#entry());
    while (!this.#tokens.accept("}")) {
      this.#expect(",");
      if (this.#tokens.accept("}")) break;
      const key = this.#value(true);
      if (!this.#tokens.accept(":")) {
        if (this.#isNext("}", ",")) throw this.#tokens.error("':' expected after dictionary key");
        throw this.#invalid();
      }
      dict.set(key, this.#entry());
    }
    return dict;
  }

  #entry(): PyValue {
    if (this.#isNext("}", ",")) throw this.#tokens.error("expression expected after dictionary key and ':'");
    return this.#value(true);
  }

  #named(name: string): PyValue {
    switch (name) {
      case "None":
        return null;
      case "True":
        return true;
      case "False":
        return false;
      default:
        if (KEYWORDS.has(name)) throw this.#invalid();
        this.#unknown ??= nameError(name);
        // In its place a value that any literal may hold: hashable, and with a sign.
        return 0n;
    }
  }
}
