import { PyError, syntaxError } from "./errors.ts";
import { UNPRINTABLE } from "./unicode.ts";

export interface Token {
  readonly kind: "name" | "number" | "string" | "bytes" | "fstring" | "symbol" | "indent" | "end";
  /** The text of a name, number or symbol; the value of a string or of bytes; what stands between the quotes of an f-string. */
  readonly text: string;
  /** Why a string cannot be decoded: an error where it is used, but none of its brackets and quotes. */
  readonly wrong?: string;
}

const BLANK = /(?:[ \t\f]|\\\n)+/y;
const BLANK_OR_LINE = /(?:[ \t\f\n]|\\\n|#[^\n]*)+/y;
const STRING = /([uU]|[bBfF]?[rR]?|[rR][bBfF])("""|'''|"|')/y;
/** What CPython's tokenizer takes for a name at first; whether it is one is looked at then. */
const WORD = /[A-Za-z_\x80-\u{10ffff}][\w\x80-\u{10ffff}]*/uy;
const NAME = /^[\p{XIDS}_]\p{XIDC}*$/u;
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:(?:[0-9](?:_?[0-9])*)?\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*\.?)(?:[eE][+-]?[0-9](?:_?[0-9])*)?[jJ]?/y;
const AFTER_NUMBER = /[A-Za-z_]/;
const SYMBOL = /\.\.\.|\*\*|\/\/|<<|>>|[=!<>:]=|[()[\]{},:=.\-+~*;/%@&|^<>]/y;
const CLOSED_BY: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const RADIX: Readonly<Record<string, string>> = { x: "hexadecimal", o: "octal", b: "binary" };

interface Open {
  readonly symbol: string;
  /** Where it stands; its line is counted when it is needed, since that takes a walk through the text. */
  readonly at: number;
}

/**
 * Cuts Python source into the tokens of literals and calls. Lines end only outside of brackets, as in Python. Throws
 * SyntaxError with CPython's text on what is no token, and on brackets that do not pair.
 */
export class Tokens {
  readonly #source: string;
  readonly #allStrings: boolean;
  readonly #open: Open[] = [];
  #at = 0;
  /** Where the token that was read last begins. */
  #start = 0;
  #peeked: Token | null = null;
  /** Why the string that is being read cannot be decoded. */
  #wrong: string | undefined = undefined;

  /** Bytes and f-strings are invalid syntax unless `allStrings` is set: no literal of a call is one. */
  constructor(source: string, { allStrings = false } = {}) {
    this.#allStrings = allStrings;
    if (source.includes("\0")) throw syntaxError("source code string cannot contain null bytes");
    this.#source = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
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

  /** Where the next token begins. */
  mark(): number {
    this.peek();
    return this.#start;
  }

  /** Takes the symbol when it comes next. */
  accept(symbol: string): boolean {
    const token = this.peek();
    if (token.kind !== "symbol" || token.text !== symbol) return false;
    this.next();
    return true;
  }

  /**
   * The error for tokens that make no sense. As in CPython, a bracket that is open where the text ends comes first, then
   * what is wrong with the tokens that follow, then a bracket of an earlier line that they leave open.
   */
  error(message: string, at = this.#start): Error {
    const failed = this.#error(message, this.#lineAt(at));
    if (this.#peeked?.kind === "end" && this.#open.length > 0) return this.#neverClosed();
    if (this.#peeked?.kind === "indent") {
      return new PyError("IndentationError", failed.message.replace(message, "unexpected indent"));
    }
    const line = this.#lineAt(this.#start);
    while (!this.#isOver()) this.next();
    const open = this.#open.at(-1);
    return open && line > this.#lineAt(open.at) ? this.#neverClosed() : failed;
  }

  /** Where tokens end for a reader that looks for what is wrong with them: also at a stray backslash, which is no error then. */
  #isOver(): boolean {
    if (this.#peeked === null) {
      this.#skipBlanks();
      if (this.#source[this.#at] === "\\") return true;
    }
    return this.peek().kind === "end";
  }

  #neverClosed(): Error {
    const open = this.#open.at(-1);
    return this.#error(`'${open?.symbol}' was never closed`, this.#lineAt(open?.at ?? 0));
  }

  #error(message: string, line = this.#lineAt(this.#start)): Error {
    return syntaxError(`${message} (<string>, line ${line})`);
  }

  #lineAt(end: number): number {
    let line = 1;
    for (let at = this.#source.indexOf("\n"); at !== -1 && at < end; at = this.#source.indexOf("\n", at + 1)) line++;
    return line;
  }

  #skipBlanks(): void {
    while (this.#source.charCodeAt(this.#at) === SPACE) this.#at++;
    if (BLANKS.has(this.#source.charCodeAt(this.#at))) this.#match(this.#open.length > 0 ? BLANK_OR_LINE : BLANK);
  }

  #read(): Token {
    const from = this.#at;
    this.#skipBlanks();
    this.#start = this.#at;
    if (this.#at >= this.#source.length) return { kind: "end", text: "" };
    if (this.#at > from && this.#source[from - 1] === "\n" && this.#isIndented()) return { kind: "indent", text: "" };
    return this.#plain() ?? this.#any();
  }

  /** The tokens that most of a text is made of, without a regular expression: ASCII names, texts, numbers, symbols. */
  #plain(): Token | null {
    const first = this.#source.charCodeAt(this.#at);
    if (isWordCode(first) && !isDigitCode(first)) {
      let end = this.#at + 1;
      while (isWordCode(this.#source.charCodeAt(end))) end++;
      const next = this.#source.charCodeAt(end);
      // What goes on with another script, or is the prefix of a string, is for the patterns.
      if (next >= 0x80 || next === QUOTE || next === APOSTROPHE) return null;
      const text = this.#source.slice(this.#at, end);
      this.#at = end;
      return { kind: "name", text };
    }
    if (first === QUOTE || first === APOSTROPHE) {
      const quote = first === QUOTE ? '"' : "'";
      if (this.#source.startsWith(quote, this.#at + 1)) return null;
      this.#at++;
      return { kind: "string", ...this.#string("", quote) };
    }
    if (isDigitCode(first)) return this.#plainNumber(first);
    const symbol = this.#source[this.#at] ?? "";
    if (!this.#isAlone(symbol)) return null;
    this.#at++;
    this.#pair(symbol);
    return { kind: "symbol", text: symbol };
  }

  /** Digits, or digits with a point in them; whatever else a number may have is for the pattern. */
  #plainNumber(first: number): Token | null {
    let end = this.#endOfDigits(this.#at + 1);
    if (first === ZERO && end > this.#at + 1) return null;
    if (this.#source.charCodeAt(end) === POINT) {
      const point = end;
      end = this.#endOfDigits(point + 1);
      if (end === point + 1) return null;
    }
    const next = this.#source.charCodeAt(end);
    if (isWordCode(next) || next === POINT || next >= 0x80) return null;
    const text = this.#source.slice(this.#at, end);
    this.#at = end;
    return { kind: "number", text };
  }

  #endOfDigits(from: number): number {
    let end = from;
    while (isDigitCode(this.#source.charCodeAt(end))) end++;
    return end;
  }

  /** Whether the symbol that comes next is one, whatever comes behind it. */
  #isAlone(symbol: string): boolean {
    if (ALONE.has(symbol)) return true;
    const next = this.#source.charCodeAt(this.#at + 1);
    if (symbol === "=" || symbol === ":") return next !== EQUALS;
    return symbol === "." && next !== POINT && !isDigitCode(next);
  }

  #any(): Token {
    const prefix = this.#match(STRING);
    if (prefix) {
      const kind = /b/i.test(prefix[1] ?? "") ? "bytes" : /f/i.test(prefix[1] ?? "") ? "fstring" : "string";
      return { kind, ...this.#string(prefix[1] ?? "", prefix[2] ?? "") };
    }
    const word = this.#match(WORD)?.[0];
    if (word !== undefined) return { kind: "name", text: this.#name(word) };
    const number = this.#match(NUMBER)?.[0];
    if (number !== undefined) return { kind: "number", text: this.#number(number) };
    const symbol = this.#match(SYMBOL)?.[0];
    if (symbol !== undefined) {
      this.#pair(symbol);
      return { kind: "symbol", text: symbol };
    }
    const char = this.#source[this.#at] ?? "";
    if (char === "#") {
      this.#match(/#[^\n]*/y);
      return this.#read();
    }
    this.#at++;
    if (char === "\n") return { kind: "symbol", text: "\n" };
    if (char < " " || char === "\x7f") throw this.#badCharacter(char);
    if (char === "\\") throw this.#error("unexpected character after line continuation character");
    // To CPython's tokenizer any other character is an operator, which no rule has.
    return { kind: "symbol", text: char };
  }

  /** Whether a line outside of brackets, whose first blanks were read, has anything in it. */
  #isIndented(): boolean {
    return this.#open.length === 0 && !"\n#".includes(this.#source[this.#at] ?? "\n");
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  /** Open brackets are kept in order to name the one that a closing bracket does not fit. */
  #pair(symbol: string): void {
    if (symbol === "(" || symbol === "[" || symbol === "{") this.#open.push({ symbol, at: this.#start });
    if (symbol !== ")" && symbol !== "]" && symbol !== "}") return;
    const open = this.#open.pop();
    if (!open) throw this.#error(`unmatched '${symbol}'`);
    if (CLOSED_BY[open.symbol] === symbol) return;
    const line = this.#lineAt(open.at);
    const where = line === this.#lineAt(this.#start) ? "" : ` on line ${line}`;
    throw this.#error(`closing parenthesis '${symbol}' does not match opening parenthesis '${open.symbol}'${where}`);
  }

  #name(word: string): string {
    if (NAME.test(word)) return word.normalize("NFKC");
    let before = "";
    for (const char of word) {
      before += char;
      if (!NAME.test(before)) throw this.#badCharacter(char);
    }
    return word;
  }

  #badCharacter(char: string): Error {
    const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    return this.#error(
      UNPRINTABLE.test(char) ? `invalid non-printable character ${code}` : `invalid character '${char}' (${code})`,
    );
  }

  #number(text: string): string {
    const foreign = this.#foreignDigit(text);
    if (foreign !== null) throw this.#error(foreign);
    const next = this.#source[this.#at] ?? "";
    if (AFTER_NUMBER.test(next) && !this.#isWordAhead()) {
      const letter = (text.length > 1 ? (text[1] ?? "") : next).toLowerCase();
      const ofRadix = text.startsWith("0") ? RADIX[letter] : undefined;
      const kind = ofRadix ?? (/j$/i.test(text) ? "imaginary" : "decimal");
      throw this.#error(`invalid ${kind} literal`);
    }
    const digits = text.replaceAll("_", "");
    if (/^0+[1-9]\d*$/.test(digits)) {
      throw this.#error(
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
      );
    }
    return digits;
  }

  /** What is wrong with a binary or octal number that goes on with a digit it may not have. */
  #foreignDigit(text: string): string | null {
    if (text !== "0" && !/^0[bo]/i.test(text)) return null;
    const pattern = /0(?:[bB](?:_?[01])*_?([2-9])|[oO](?:_?[0-7])*_?([89]))/y;
    pattern.lastIndex = this.#start;
    const [, binary, octal] = pattern.exec(this.#source) ?? [];
    if (binary !== undefined) return `invalid digit '${binary}' in binary literal`;
    return octal === undefined ? null : `invalid digit '${octal}' in octal literal`;
  }

  /** A number may end where one of these words begins: `1if x else 2`. */
  #isWordAhead(): boolean {
    const pattern = /and|else|for|i[fns]|not|or/y;
    pattern.lastIndex = this.#at;
    return pattern.test(this.#source);
  }

  #string(prefix: string, quote: string): Pick<Token, "text" | "wrong"> {
    this.#wrong = undefined;
    const raw = /r/i.test(prefix);
    const long = quote.length === 3;
    const first = this.#at;
    let out = "";
    for (;;) {
      if (this.#source.startsWith(quote, this.#at)) {
        if (!this.#allStrings && /[bf]/i.test(prefix)) throw this.#error("invalid syntax");
        this.#at += quote.length;
        if (/b/i.test(prefix) && NOT_ASCII.test(out)) this.#wrong = "bytes can only contain ASCII literal characters";
        return this.#wrong === undefined ? { text: out } : { text: out, wrong: this.#wrong };
      }
      const char = this.#source[this.#at];
      if (char === undefined || (char === "\n" && !long)) throw this.#unterminated(long);
      if (char === "\\" && !raw) {
        out += this.#escape(first);
        continue;
      }
      if (char === "\\") {
        out += this.#source.slice(this.#at, this.#at + 2);
        this.#at += 2;
        continue;
      }
      const from = this.#at++;
      while (!isSpecial(this.#source.charCodeAt(this.#at))) this.#at++;
      out += this.#source.slice(from, this.#at);
    }
  }

  #unterminated(long: boolean): Error {
    const what = long ? "unterminated triple-quoted string literal" : "unterminated string literal";
    // CPython gives the text a last line end when it has none, and does not count it.
    const line = this.#lineAt(long ? this.#source.replace(/\n$/, "").length : this.#at);
    return this.#error(`${what} (detected at line ${line})`);
  }

  #escape(first: number): string {
    const numeric = this.#match(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y);
    if (numeric) {
      const [all, octal, ...hexes] = numeric;
      const code =
        octal === undefined ? Number.parseInt(hexes.find((digits) => digits) ?? "0", 16) : Number.parseInt(octal, 8);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      return this.#undecodable(first, this.#at - all.length, "illegal Unicode character");
    }
    const start = this.#at;
    const char = this.#source[start + 1] ?? "";
    const width = HEX_DIGITS[char];
    if (width !== undefined) {
      this.#match(/\\.[0-9a-fA-F]*/y);
      return this.#undecodable(first, start, `truncated \\${char}${"X".repeat(width)} escape`);
    }
    if (char === "N") {
      const named = this.#match(/\\N\{[^}'"\n]+\}/y);
      if (!named) this.#at = start + 2;
      // The names are a table of a megabyte: none is known here.
      return this.#undecodable(
        first,
        start,
        named ? "unknown Unicode character name" : "malformed \\N character escape",
      );
    }
    this.#at += 2;
    // An unknown escape stays as it is written.
    return ESCAPES[char] ?? `\\${char}`;
  }

  /**
   * Says why a string is no text, and goes on. Positions count bytes of the text as CPython rewrites it first: ten for a
   * character beyond ASCII.
   */
  #undecodable(first: number, start: number, why: string): string {
    const size = (text: string) => text.replace(/[^\0-\x7f]/gu, "\\U00000000").length;
    const from = size(this.#source.slice(first, start));
    const to = from + size(this.#source.slice(start, this.#at)) - 1;
    this.#wrong ??= `(unicode error) 'unicodeescape' codec can't decode bytes in position ${from}-${to}: ${why}`;
    return "";
  }
}

const SPACE = 0x20;
const ZERO = 0x30;
const POINT = 0x2e;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
/** Codes that a blank, a comment or a continued line begins with. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0c, 0x0a, 0x5c, 0x23]);
const NOT_ASCII = /[^\0-\x7f]/;
/** Symbols that no longer one begins with. */
const ALONE: ReadonlySet<string> = new Set("()[]{},~+-%@&|^");

/** Whether CPython may take a name for a keyword of some places: the beginning of one is enough to it. */
export const isSoftKeyword = ({ kind, text }: Token): boolean =>
  kind === "name" && ["_", "case", "match"].some((word) => word.startsWith(text));

const isDigitCode = (code: number): boolean => code >= 0x30 && code <= 0x39;

function isWordCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || isDigitCode(code);
}

/** What a run of a string's characters ends at: a quote, a backslash, a line's end, the end of the text (NaN). */
function isSpecial(code: number): boolean {
  return code === QUOTE || code === APOSTROPHE || code === 0x5c || code === 0x0a || Number.isNaN(code);
}

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

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
