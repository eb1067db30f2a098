import { syntaxError } from "./errors.ts";

export interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "end";
  /** The text of a name, number or symbol; the value of a string. */
  readonly text: string;
}

/** What CPython says of most text that is no expression. */
export const invalidSyntax = (): Error => syntaxError("invalid syntax (<string>, line 1)");

const BLANK = /(?:[ \t\f]|\\\r?\n)+/y;
const BLANK_OR_LINE = /(?:[ \t\f\r\n]|\\\r?\n|#[^\n]*)+/y;
const STRING = /([rRuUbBfF]{0,2})("""|'''|"|')/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*)?\.[0-9](?:_?[0-9])*(?:[eE][+-]?[0-9](?:_?[0-9])*)?|[0-9](?:_?[0-9])*\.?(?:[eE][+-]?[0-9](?:_?[0-9])*)?/y;
const SYMBOL = /\.\.\.|\*\*|[()[\]{},:=.\-+~*;]/y;

/** Cuts Python source into the tokens of literals and calls. Lines end only outside of brackets, as in Python. */
export class Tokens {
  readonly #source: string;
  #at = 0;
  #open = 0;
  #peeked: Token | null = null;

  constructor(source: string) {
    this.#source = source;
  }

  peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = null;
    return token;
  }

  /** Takes the symbol when it comes next. */
  accept(symbol: string): boolean {
    const token = this.peek();
    if (token.kind !== "symbol" || token.text !== symbol) return false;
    this.next();
    return true;
  }

  expect(symbol: string): void {
    if (!this.accept(symbol)) throw invalidSyntax();
  }

  #read(): Token {
    this.#skip(this.#open > 0 ? BLANK_OR_LINE : BLANK);
    if (this.#at >= this.#source.length) return { kind: "end", text: "" };
    const prefix = this.#match(STRING);
    if (prefix) return { kind: "string", text: this.#string(prefix[1] ?? "", prefix[2] ?? "") };
    const name = this.#match(NAME);
    if (name) return { kind: "name", text: name[0].normalize("NFKC") };
    const number = this.#match(NUMBER);
    if (number) {
      if (this.#match(NAME)) throw syntaxError("invalid decimal literal (<string>, line 1)");
      return { kind: "number", text: number[0].replaceAll("_", "") };
    }
    const symbol = this.#match(SYMBOL)?.[0];
    if (symbol !== undefined) {
      if ("([{".includes(symbol)) this.#open++;
      if (")]}".includes(symbol)) this.#open--;
      return { kind: "symbol", text: symbol };
    }
    if (/[\r\n]/.test(this.#source[this.#at] ?? "")) {
      this.#at++;
      return { kind: "symbol", text: "\n" };
    }
    if (this.#source[this.#at] === "#") {
      this.#skip(/#[^\n]*/y);
      return this.#read();
    }
    throw invalidSyntax();
  }

  #skip(pattern: RegExp): void {
    this.#match(pattern);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #string(prefix: string, quote: string): string {
    if (/[bf]/i.test(prefix)) throw invalidSyntax();
    const raw = /r/i.test(prefix);
    const long = quote.length === 3;
    let out = "";
    for (;;) {
      if (this.#source.startsWith(quote, this.#at)) {
        this.#at += quote.length;
        return out;
      }
      const char = this.#source[this.#at];
      if (char === undefined || (char === "\n" && !long)) {
        const what = long ? "unterminated triple-quoted string literal" : "unterminated string literal";
        throw syntaxError(`${what} (detected at line 1) (<string>, line 1)`);
      }
      if (char === "\\" && !raw) {
        out += this.#escape();
        continue;
      }
      const length = char === "\\" ? 2 : 1;
      out += this.#source.slice(this.#at, this.#at + length);
      this.#at += length;
    }
  }

  #escape(): string {
    const numeric = this.#match(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y);
    if (numeric) {
      const [, octal, ...hexes] = numeric;
      const code =
        octal === undefined ? Number.parseInt(hexes.find((digits) => digits) ?? "0", 16) : Number.parseInt(octal, 8);
      if (code > 0x10ffff) throw syntaxError("(unicode error) illegal Unicode character (<string>, line 1)");
      return String.fromCodePoint(code);
    }
    const char = this.#source[this.#at + 1] ?? "";
    if ("xuUN".includes(char) && char !== "")
      throw syntaxError(`(unicode error) truncated \\${char} escape (<string>, line 1)`);
    this.#at += 2;
    // An unknown escape stays as it is written.
    return ESCAPES[char] ?? `\\${char}`;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
