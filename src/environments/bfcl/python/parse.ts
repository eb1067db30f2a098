import { nameError, syntaxError, typeError } from "./errors.ts";
import { neg } from "./operators.ts";
import { invalidSyntax, Tokens } from "./tokens.ts";
import { ELLIPSIS, PyComplex, PyDict, PySet, PyTuple, type PyValue, typeName } from "./values.ts";

/** A call as its text has it. A dotted name stays one text. */
export interface ParsedCall {
  readonly name: string;
  readonly args: readonly PyValue[];
  readonly kwargs: readonly (readonly [string, PyValue])[];
}

/** Nesting that is read; CPython's parser ends at 200 brackets. */
const MAX_DEPTH = 100;

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

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

/** The `NAME = literal` lines of a module that has nothing else. */
export function parseAssignments(source: string): Map<string, PyValue> {
  return new Parser(source).assignments();
}

class Parser {
  readonly #tokens: Tokens;
  #depth = 0;

  constructor(source: string) {
    this.#tokens = new Tokens(source);
  }

  end(): void {
    while (this.#tokens.accept("\n"));
    if (this.#tokens.peek().kind !== "end") throw invalidSyntax();
  }

  call(): ParsedCall {
    const name = this.#dottedName();
    this.#tokens.expect("(");
    const args: PyValue[] = [];
    const kwargs: [string, PyValue][] = [];
    while (!this.#tokens.accept(")")) {
      this.#argument(args, kwargs);
      if (this.#tokens.accept(",")) continue;
      this.#tokens.expect(")");
      break;
    }
    return { name, args, kwargs };
  }

  calls(): ParsedCall[] {
    const bracketed = this.#tokens.accept("[");
    const calls: ParsedCall[] = [];
    while (!(bracketed && this.#tokens.accept("]"))) {
      calls.push(this.call());
      if (this.#tokens.accept(",")) continue;
      if (bracketed) this.#tokens.expect("]");
      break;
    }
    return calls;
  }

  assignments(): Map<string, PyValue> {
    const found = new Map<string, PyValue>();
    for (;;) {
      while (this.#tokens.accept("\n"));
      const token = this.#tokens.next();
      if (token.kind === "end") return found;
      if (token.kind !== "name") throw invalidSyntax();
      this.#tokens.expect("=");
      found.set(token.text, this.value());
    }
  }

  value(): PyValue {
    if (++this.#depth > MAX_DEPTH) throw syntaxError("too many nested parentheses (<string>, line 1)");
    const value = this.#signed();
    this.#depth--;
    return value;
  }

  #argument(args: PyValue[], kwargs: [string, PyValue][]): void {
    if (this.#tokens.peek().kind === "name") {
      const { text } = this.#tokens.next();
      if (this.#tokens.accept("=")) {
        if (KEYWORDS.has(text)) throw invalidSyntax();
        if (kwargs.some(([name]) => name === text)) {
          throw syntaxError(`keyword argument repeated: ${text} (<string>, line 1)`);
        }
        kwargs.push([text, this.value()]);
        return;
      }
      args.push(named(text));
    } else args.push(this.value());
    if (kwargs.length > 0) throw syntaxError("positional argument follows keyword argument (<string>, line 1)");
  }

  #dottedName(): string {
    const parts: string[] = [];
    do {
      const token = this.#tokens.next();
      if (token.kind !== "name" || KEYWORDS.has(token.text)) throw invalidSyntax();
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
        return this.#joined(token.text);
      case "number":
        return numeral(token.text);
      case "name":
        return named(token.text);
      case "symbol":
        return this.#bracket(token.text);
      case "end":
        throw invalidSyntax();
    }
  }

  /** Strings side by side are one string. */
  #joined(first: string): string {
    let text = first;
    while (this.#tokens.peek().kind === "string") text += this.#tokens.next().text;
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
        throw invalidSyntax();
    }
  }

  #items(close: string): { items: PyValue[]; comma: boolean } {
    const items: PyValue[] = [];
    let comma = false;
    while (!this.#tokens.accept(close)) {
      items.push(this.value());
      comma = this.#tokens.accept(",");
      if (comma) continue;
      this.#tokens.expect(close);
      break;
    }
    return { items, comma };
  }

  #dictOrSet(): PyValue {
    if (this.#tokens.accept("}")) return new PyDict();
    const first = this.value();
    if (!this.#tokens.accept(":")) {
      const rest = this.#tokens.accept(",") ? this.#items("}").items : [];
      if (rest.length === 0) this.#tokens.accept("}");
      return new PySet([first, ...rest]);
    }
    const dict = new PyDict();
    dict.set(first, this.value());
    while (!this.#tokens.accept("}")) {
      this.#tokens.expect(",");
      if (this.#tokens.accept("}")) break;
      const key = this.value();
      this.#tokens.expect(":");
      dict.set(key, this.value());
    }
    return dict;
  }
}

function named(name: string): PyValue {
  switch (name) {
    case "None":
      return null;
    case "True":
      return true;
    case "False":
      return false;
    default:
      if (KEYWORDS.has(name)) throw invalidSyntax();
      throw nameError(name);
  }
}

function numeral(text: string): PyValue {
  if (/^0[xob]/i.test(text)) return BigInt(text);
  if (/^\d+$/.test(text)) {
    if (/^0+[1-9]/.test(text)) {
      throw syntaxError(
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers (<string>, line 1)",
      );
    }
    if (text.length > 4300) {
      throw syntaxError("Exceeds the limit (4300 digits) for integer string conversion (<string>, line 1)");
    }
    return BigInt(text);
  }
  return Number(text);
}
