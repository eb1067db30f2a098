/** An element of an XML text: attributes in order, the text before its first child, its child elements. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  text: string;
  readonly children: XmlElement[];
}

/** Why a text is no XML, in the words of expat, which the official decoders use: `mismatched tag: line 1, column 16`. */
export class XmlError extends Error {}

const INVALID = "not well-formed (invalid token)";

/** Names as expat has them: letters of the first plane (a surrogate is none), and a prefix in front of one colon. */
const NAME_START = /(?![ªº])[\p{L}_]/u;
const NAME_PART = /(?![ªº])[\p{L}\p{M}\p{Nd}_.·-]/u;
/** What no XML text may hold. */
const NO_CHARACTER = /[^\t\n\r -\ufffd]/;
const BLANKS: ReadonlySet<string> = new Set([" ", "\t", "\n", "\r"]);
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads one XML element and skips comments and processing instructions. There is no doctype: entity definitions are how
 * small texts become large ones. Throws XmlError.
 */
export function parseXml(source: string): XmlElement {
  return new Reader(source).root();
}

class Reader {
  readonly #source: string;
  #at = 0;
  /** Where the first character stands that is none. */
  readonly #bad: number;

  constructor(source: string) {
    this.#source = source;
    const bad = source.search(NO_CHARACTER);
    this.#bad = bad === -1 ? source.length : bad;
  }

  root(): XmlElement {
    const top: XmlElement = { name: "", attributes: new Map(), text: "", children: [] };
    const open = [top];
    const prefixes = new Set(["xml", "xmlns"]);
    do this.#part(open, prefixes);
    while (open.length > 1);
    this.#blanks();
    if (this.#source.startsWith("</", this.#at)) throw this.#error(INVALID, this.#at + 1);
    if (this.#at < this.#source.length) throw this.#error("junk after document element");
    return top.children[0] as XmlElement;
  }

  /** The next tag, text, comment or instruction; `open` are the elements around it, the innermost last. */
  #part(open: XmlElement[], prefixes: Set<string>): void {
    const element = open.at(-1) as XmlElement;
    const start = this.#at;
    if (start >= this.#source.length) throw this.#error("no element found", start);
    if (this.#source[start] !== "<") keepText(element, this.#text());
    else if (this.#take("</")) this.#closing(element, open);
    else if (this.#take("<!--")) this.#comment(start);
    else if (this.#take("<!-")) throw this.#error(INVALID);
    else if (this.#take("<![")) keepText(element, this.#section());
    else if (this.#take("<!")) throw this.#error(INVALID);
    else if (this.#take("<?")) this.#instruction(start);
    else this.#opening(element, open, prefixes);
  }

  #text(): string {
    let text = "";
    for (;;) {
      const from = this.#at;
      while (!"<&]".includes(this.#source[this.#at] ?? "<")) this.#at++;
      text += lines(this.#slice(from));
      if (this.#source[this.#at] === "&") {
        const start = this.#at;
        text += this.#reference(start, start);
      } else if (this.#source[this.#at] === "]") {
        if (this.#source.startsWith("]]>", this.#at)) throw this.#error(INVALID, this.#at + 2);
        this.#at++;
        text += "]";
      } else return text;
    }
  }

  #closing(element: XmlElement, open: XmlElement[]): void {
    const start = this.#at;
    // Only where a tag opens is it asked whether a colon may stand there.
    if (!NAME_START.test(this.#source[start] ?? "")) throw this.#error(INVALID);
    while (NAME_PART.test(this.#source[this.#at] ?? "") || this.#source[this.#at] === ":") this.#at++;
    const name = this.#source.slice(start, this.#at);
    this.#blanks();
    if (!this.#take(">")) throw this.#error(INVALID);
    if (name !== element.name) throw this.#error("mismatched tag", start);
    open.pop();
  }

  #comment(start: number): void {
    const end = this.#source.indexOf("--", this.#at);
    this.#at = end === -1 ? this.#source.length : end + 2;
    this.#slice(start);
    if (end === -1) throw this.#error("unclosed token", start);
    if (!this.#take(">")) throw this.#error(INVALID);
  }

  #section(): string {
    for (const letter of "CDATA[") if (!this.#take(letter)) throw this.#error(INVALID);
    const from = this.#at;
    const end = this.#source.indexOf("]]>", from);
    this.#at = end === -1 ? this.#source.length : end;
    const text = lines(this.#slice(from));
    if (end === -1) throw this.#error("unclosed CDATA section");
    this.#at += 3;
    return text;
  }

  #instruction(start: number): void {
    const from = this.#at;
    const target = this.#name();
    if (/^xml$/i.test(target) && target !== "xml") throw this.#error(INVALID);
    if (!this.#source.startsWith("?>", this.#at) && !BLANKS.has(this.#source[this.#at] ?? ""))
      throw this.#error(INVALID, this.#source[this.#at] === "?" ? this.#at + 1 : this.#at);
    const end = this.#source.indexOf("?>", this.#at);
    this.#at = end === -1 ? this.#source.length : end + 2;
    this.#slice(from);
    if (end === -1) throw this.#error("unclosed token", start);
    if (target === "xml") throw this.#error("XML or text declaration not at start of entity", start);
  }

  #opening(parent: XmlElement, open: XmlElement[], prefixes: Set<string>): void {
    const start = this.#at++;
    const name = this.#name();
    const attributes: Attribute[] = [];
    for (;;) {
      const blanks = this.#blanks();
      if (this.#take(">")) break;
      if (this.#source[this.#at] === "/") {
        this.#at++;
        if (!this.#take(">")) throw this.#error(INVALID);
        this.#checkNames(start, name, attributes, prefixes);
        parent.children.push({ name, attributes: valuesOf(attributes), text: "", children: [] });
        return;
      }
      if (!blanks) throw this.#error(INVALID);
      attributes.push(this.#attribute(start));
    }
    this.#checkNames(start, name, attributes, prefixes);
    const element: XmlElement = { name, attributes: valuesOf(attributes), text: "", children: [] };
    parent.children.push(element);
    open.push(element);
  }

  #attribute(tag: number): Attribute {
    const at = this.#at;
    const name = this.#name();
    this.#blanks();
    if (!this.#take("=")) throw this.#error(INVALID);
    this.#blanks();
    const quote = this.#source[this.#at];
    if (quote !== '"' && quote !== "'") throw this.#error(INVALID);
    this.#at++;
    let value = "";
    for (;;) {
      const from = this.#at;
      while (!["<", "&", quote].includes(this.#source[this.#at] ?? "<")) this.#at++;
      // XML makes every white character of an attribute a blank.
      value += lines(this.#slice(from)).replace(/[\t\n]/g, " ");
      if (this.#take(quote)) return { name, value, at };
      if (this.#source[this.#at] !== "&") throw this.#atEnd(tag) ?? this.#error(INVALID);
      value += this.#reference(this.#at, tag);
    }
  }

  /** What is wrong with the names of a tag is seen when all of it was read. */
  #checkNames(start: number, name: string, attributes: readonly Attribute[], prefixes: Set<string>): void {
    const seen = new Set<string>();
    for (const attribute of attributes) {
      if (seen.has(attribute.name)) throw this.#error("duplicate attribute", attribute.at);
      seen.add(attribute.name);
      if (attribute.name.startsWith("xmlns:")) prefixes.add(attribute.name.slice(6));
    }
    for (const each of [name, ...seen]) {
      const [prefix, local] = each.split(":");
      if (local !== undefined && !prefixes.has(prefix ?? "")) throw this.#error("unbound prefix", start);
    }
  }

  /** `&name;` or `&#code;`; an entity that does not exist is said to be in the tag. */
  #reference(start: number, tag: number): string {
    this.#at++;
    if (!this.#take("#")) {
      const entity = ENTITIES[this.#name()];
      if (!this.#take(";")) throw this.#error(INVALID);
      if (entity === undefined) throw this.#error("undefined entity", tag);
      return entity;
    }
    const digits = this.#take("x") ? /[0-9a-fA-F]*/y : /[0-9]*/y;
    const radix = this.#source[this.#at - 1] === "x" ? 16 : 10;
    digits.lastIndex = this.#at;
    const number = digits.exec(this.#source)?.[0] ?? "";
    this.#at += number.length;
    if (number === "" || !this.#take(";")) throw this.#error(INVALID);
    const code = Number.parseInt(number, radix);
    const isSurrogate = code >= 0xd800 && code < 0xe000;
    const text = code > 0x10ffff || isSurrogate ? "\0" : String.fromCodePoint(code);
    if (text.search(NO_CHARACTER) !== -1) throw this.#error("reference to invalid character number", start);
    return text;
  }

  #name(): string {
    const start = this.#at;
    let hasColon = false;
    for (;;) {
      if (!NAME_START.test(this.#source[this.#at] ?? "")) throw this.#atEnd(start) ?? this.#error(INVALID);
      while (NAME_PART.test(this.#source[this.#at] ?? "")) this.#at++;
      if (this.#source[this.#at] !== ":") return this.#source.slice(start, this.#at);
      if (hasColon) throw this.#error(INVALID);
      hasColon = true;
      this.#at++;
    }
  }

  #blanks(): boolean {
    const from = this.#at;
    while (BLANKS.has(this.#source[this.#at] ?? "")) this.#at++;
    return this.#at > from;
  }

  /** The text from there to here. */
  #slice(from: number): string {
    if (this.#bad >= from && this.#bad < this.#at) throw this.#error(INVALID, this.#bad);
    return this.#source.slice(from, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #atEnd(start: number): XmlError | null {
    return this.#at < this.#source.length ? null : this.#error("unclosed token", start);
  }

  /** Columns count characters from 0, as expat's do. */
  #error(why: string, at = this.#at): XmlError {
    const rows = lines(this.#source.slice(0, at)).split("\n");
    return new XmlError(`${why}: line ${rows.length}, column ${Array.from(rows.at(-1) ?? "").length}`);
  }
}

interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

const valuesOf = (attributes: readonly Attribute[]): Map<string, string> =>
  new Map(attributes.map(({ name, value }) => [name, value]));

/** XML ends every line with a line feed. */
const lines = (text: string): string => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/** Text after a child belongs to no call; only what stands before the first one is kept. */
function keepText(element: XmlElement, text: string): void {
  if (element.children.length === 0) element.text += text;
}
