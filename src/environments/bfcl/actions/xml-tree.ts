/** An element of an XML text: attributes in order, the text before its first child, its child elements. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  text: string;
  readonly children: XmlElement[];
}

/** Why a text is not the XML that this reader knows. */
export class XmlError extends Error {}

const MAX_DEPTH = 32;
const NAME = /[\p{L}_:][\p{L}\p{M}\p{N}_:.-]*/uy;
const SPACE = /\s*/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads one XML element (no doctype, no processing instructions: a call needs neither, and entity definitions are how
 * small texts become large ones). Throws XmlError.
 */
export function parseXml(source: string): XmlElement {
  const reader = new Reader(source);
  const root = reader.element(0);
  reader.end();
  return root;
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source.trim();
  }

  element(depth: number): XmlElement {
    if (depth > MAX_DEPTH) throw new XmlError("elements are nested too deeply");
    this.#expect("<");
    const name = this.#name();
    const attributes = this.#attributes(name);
    const element: XmlElement = { name, attributes, text: "", children: [] };
    if (this.#take("/>")) return element;
    this.#expect(">");
    this.#content(element, depth);
    return element;
  }

  end(): void {
    if (this.#at < this.#source.length) throw new XmlError("there is text after the last element");
  }

  #attributes(element: string): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const blank = this.#match(SPACE);
      const next = this.#source[this.#at];
      if (next === undefined) throw new XmlError(`<${element}> is not closed`);
      if (next === "/" || next === ">") return attributes;
      if (blank === "") throw new XmlError(`a blank is missing before an attribute of <${element}>`);
      const name = this.#name();
      this.#match(SPACE);
      this.#expect("=");
      this.#match(SPACE);
      const quote = this.#source[this.#at];
      if (quote !== '"' && quote !== "'") throw new XmlError(`the attribute ${name} is not quoted`);
      const close = this.#source.indexOf(quote, this.#at + 1);
      if (close === -1) throw new XmlError(`the attribute ${name} is not closed`);
      const raw = this.#source.slice(this.#at + 1, close);
      if (raw.includes("<")) throw new XmlError(`the attribute ${name} holds a "<"`);
      if (attributes.has(name)) throw new XmlError(`the attribute ${name} stands twice in <${element}>`);
      // XML makes every white character of an attribute a blank.
      attributes.set(name, unescapeXml(raw.replace(/[\t\r\n]/g, " ")));
      this.#at = close + 1;
    }
  }

  #content(element: XmlElement, depth: number): void {
    for (;;) {
      const next = this.#source.indexOf("<", this.#at);
      if (next === -1) throw new XmlError(`<${element.name}> is not closed`);
      this.#text(element, unescapeXml(this.#source.slice(this.#at, next)));
      this.#at = next;
      if (this.#take("</")) {
        const name = this.#name();
        if (name !== element.name) throw new XmlError(`<${element.name}> is closed by </${name}>`);
        this.#match(SPACE);
        this.#expect(">");
        return;
      }
      if (this.#take("<!--")) this.#skipTo("-->", "a comment");
      else if (this.#take("<![CDATA[")) this.#text(element, this.#skipTo("]]>", "a CDATA section"));
      else element.children.push(this.element(depth + 1));
    }
  }

  /** Text after a child belongs to no call; only what stands before the first one is kept. */
  #text(element: XmlElement, text: string): void {
    if (element.children.length === 0) element.text += text;
  }

  #skipTo(end: string, what: string): string {
    const close = this.#source.indexOf(end, this.#at);
    if (close === -1) throw new XmlError(`${what} is not closed`);
    const skipped = this.#source.slice(this.#at, close);
    this.#at = close + end.length;
    return skipped;
  }

  #name(): string {
    const name = this.#match(NAME);
    if (name === "") throw new XmlError(`a name is missing at character ${this.#at + 1}`);
    if (name.includes(":") && !/^xml(?:ns)?:/.test(name))
      throw new XmlError(`${name} has a prefix that nothing declares`);
    return name;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new XmlError(`"${text}" is missing at character ${this.#at + 1}`);
  }
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|\w*)(;?)/g, (whole, body: string, end: string) => {
    const named = ENTITIES[body];
    const code = body.startsWith("#x") ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10);
    if (end === ";" && named !== undefined) return named;
    if (end === ";" && body.startsWith("#") && code <= 0x10ffff) return String.fromCodePoint(code);
    throw new XmlError(`"${whole}" is no entity`);
  });
}
