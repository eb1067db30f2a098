import { PyError, typeError, valueError } from "./errors.ts";
import { floatRepr, intOfDigits, intText } from "./number-text.ts";
import { compareStr } from "./strings.ts";
import { isConstant, PyDict, PyTuple, type PyValue, typeName } from "./values.ts";

export interface DumpsOptions {
  readonly ensureAscii?: boolean;
  readonly sortKeys?: boolean;
  /** Spaces of a level, an item a line; without it all stands in one line. */
  readonly indent?: number;
}

/** json.dumps with its default separators. Throws TypeError on what JSON has no form for, ValueError on a cycle. */
export function dumps(value: PyValue, { ensureAscii = true, sortKeys = false, indent }: DumpsOptions = {}): string {
  const open = new Set<object>();
  const isPlain = ensureAscii && !sortKeys && indent === undefined;

  function write(item: PyValue): string {
    switch (typeof item) {
      case "string":
        return quote(item, ensureAscii);
      case "bigint":
        return intText(item);
      case "number":
        return jsonFloat(item);
      case "boolean":
        return item ? "true" : "false";
      default:
        if (item === null) return "null";
    }
    if (!Array.isArray(item) && !(item instanceof PyDict) && !(item instanceof PyTuple)) {
      throw typeError(`Object of type ${typeName(item)} is not JSON serializable`);
    }
    if (isPlain && Array.isArray(item) && isConstant(item)) return constantText(item);
    return writeContainer(item);
  }

  function writeContainer(item: PyValue[] | PyTuple | PyDict): string {
    if (open.has(item)) throw valueError("Circular reference detected");
    open.add(item);
    const text = item instanceof PyDict ? writeDict(item) : enclosed("[", itemsOf(item), write, "]");
    open.delete(item);
    return text;
  }

  /** A list of thousands of items that every instance answers with: its text is made once, or the error that it is. */
  function constantText(item: PyValue[]): string {
    const known = constantTexts.get(item);
    if (typeof known === "string") return known;
    if (known !== undefined) throw known;
    try {
      const text = writeContainer(item);
      constantTexts.set(item, text);
      return text;
    } catch (error) {
      if (error instanceof PyError) constantTexts.set(item, error);
      throw error;
    }
  }

  function writeDict(dict: PyDict): string {
    if (isPlain) return `{${plainEntries(dict)}}`;
    const entries = [...dict.entries()];
    if (sortKeys) entries.sort(([a], [b]) => compareStr(jsonKey(a), jsonKey(b)));
    return enclosed("{", entries, ([key, item]) => `${quote(jsonKey(key), ensureAscii)}: ${write(item)}`, "}");
  }

  function plainEntries(dict: PyDict): string {
    let text = "";
    for (const [key, item] of dict.entries()) {
      if (text !== "") text += ", ";
      text += `${quote(jsonKey(key), true)}: ${write(item)}`;
    }
    return text;
  }

  /** The container itself is in `open` by now, so its size is the level of its items. */
  function enclosed<T>(begin: string, items: readonly T[], text: (item: T) => string, end: string): string {
    if (indent === undefined || items.length === 0) return `${begin}${items.map(text).join(", ")}${end}`;
    const line = `\n${" ".repeat(indent * open.size)}`;
    const last = `\n${" ".repeat(indent * (open.size - 1))}`;
    return `${begin}${items.map((item) => line + text(item)).join(",")}${last}${end}`;
  }

  return write(value);
}

const constantTexts = new WeakMap<readonly PyValue[], string | PyError>();

/** json.dumps with an indent: one item a line. */
export function dumpsIndented(value: PyValue, indent: number, level = 0): string {
  const isList = Array.isArray(value) || value instanceof PyTuple;
  if (!isList && !(value instanceof PyDict)) return dumps(value);
  const parts = isList
    ? itemsOf(value).map((item) => dumpsIndented(item, indent, level + 1))
    : Array.from(
        value.entries(),
        ([key, item]) => `${quote(jsonKey(key), true)}: ${dumpsIndented(item, indent, level + 1)}`,
      );
  const [open, close] = isList ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  const lines = parts.map((part) => " ".repeat(indent * (level + 1)) + part).join(",\n");
  return `${open}\n${lines}\n${" ".repeat(indent * level)}${close}`;
}

function itemsOf(value: PyValue[] | PyTuple): readonly PyValue[] {
  return Array.isArray(value) ? value : value.items;
}

function jsonFloat(x: number): string {
  if (Number.isFinite(x)) return floatRepr(x);
  return Number.isNaN(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity";
}

function jsonKey(key: PyValue): string {
  switch (typeof key) {
    case "string":
      return key;
    case "bigint":
      return intText(key);
    case "number":
      return jsonFloat(key);
    case "boolean":
      return key ? "true" : "false";
    default:
      if (key === null) return "null";
      throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
  }
}

const SAFE = /^[ !#-[\]-~]*$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

function quote(text: string, ensureAscii: boolean): string {
  if (SAFE.test(text)) return `"${text}"`;
  // With ensure_ascii each UTF-16 unit outside of printable ASCII is escaped, hence surrogate pairs.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON escapes
  const special = ensureAscii ? /["\\]|[^ -~]/g : /["\\\x00-\x1f]/g;
  return `"${text.replace(special, (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

/** Nesting that `loads` reads at most; CPython's own limit is its recursion limit, about 1000. */
const MAX_DEPTH = 500;

/**
 * json.loads: 5 is an int and 5.0 a float, NaN and Infinity are read, the last of duplicate keys wins. Throws ValueError
 * with JSONDecodeError's text.
 */
export function loads(text: string): PyValue {
  return new Reader(text).document();
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PyValue {
    if (this.#text.startsWith("\ufeff")) {
      throw this.#error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    }
    this.#space();
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#error("Extra data", this.#at);
    return value;
  }

  #error(what: string, at: number): Error {
    const before = this.#text.slice(0, at);
    const line = before.split("\n").length;
    const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
    return valueError(`${what}: line ${line} column ${column} (char ${[...before].length})`);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #value(): PyValue {
    const char = this.#text[this.#at];
    switch (char) {
      case '"':
        this.#at++;
        return this.#string();
      case "{":
      case "[":
        return this.#nested(char);
      default:
        return this.#atom();
    }
  }

  #nested(char: "{" | "["): PyValue {
    if (++this.#depth > MAX_DEPTH) throw valueError("maximum recursion depth exceeded");
    this.#at++;
    const value = char === "{" ? this.#object() : this.#array();
    this.#depth--;
    return value;
  }

  #atom(): PyValue {
    const digit = this.#text.charCodeAt(this.#at) - 0x30;
    for (const [word, value] of digit >= 0 && digit < 10 ? [] : WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (!match) throw this.#error("Expecting value", this.#at);
    this.#at = NUMBER.lastIndex;
    const [whole, integer, fraction, exponent] = match;
    if (fraction === undefined && exponent === undefined) return intOfDigits(integer ?? whole);
    return Number(whole);
  }

  #object(): PyDict {
    const dict = new PyDict();
    this.#space();
    if (this.#text[this.#at] === "}") {
      this.#at++;
      return dict;
    }
    for (;;) {
      if (this.#text[this.#at] !== '"') {
        throw this.#error("Expecting property name enclosed in double quotes", this.#at);
      }
      this.#at++;
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ":") throw this.#error("Expecting ':' delimiter", this.#at);
      this.#at++;
      this.#space();
      dict.set(key, this.#value());
      this.#space();
      const char = this.#text[this.#at];
      if (char === "}") {
        this.#at++;
        return dict;
      }
      if (char !== ",") throw this.#error("Expecting ',' delimiter", this.#at);
      this.#at++;
      this.#space();
    }
  }

  #array(): PyValue[] {
    const items: PyValue[] = [];
    this.#space();
    if (this.#text[this.#at] === "]") {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(this.#value());
      this.#space();
      const char = this.#text[this.#at];
      if (char === "]") {
        this.#at++;
        return items;
      }
      if (char !== ",") throw this.#error("Expecting ',' delimiter", this.#at);
      this.#at++;
      this.#space();
    }
  }

  /** The rest of a string whose opening quote was read. */
  #string(): string {
    const start = this.#at - 1;
    let out = "";
    for (;;) {
      const from = this.#at;
      while (this.#at < this.#text.length && !isSpecial(this.#text.charCodeAt(this.#at))) this.#at++;
      out += this.#text.slice(from, this.#at);
      if (this.#at >= this.#text.length) throw this.#error("Unterminated string starting at", start);
      const char = this.#text[this.#at];
      if (char === '"') {
        this.#at++;
        return out;
      }
      if (char !== "\\") throw this.#error("Invalid control character at", this.#at);
      out += this.#escape(start);
    }
  }

  #escape(start: number): string {
    const at = this.#at;
    const char = this.#text[at + 1];
    if (char === undefined) throw this.#error("Unterminated string starting at", start);
    this.#at += 2;
    if (char === "u") {
      const digits = this.#text.slice(this.#at, this.#at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error("Invalid \\uXXXX escape", at + 1);
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = UNESCAPES[char];
    if (plain === undefined) throw this.#error("Invalid \\escape", at);
    return plain;
  }
}

function isSpecial(code: number): boolean {
  return code < 0x20 || code === 0x22 || code === 0x5c;
}

const WORDS: readonly (readonly [string, PyValue])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];

const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;

const UNESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
