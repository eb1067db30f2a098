import { Parser } from "htmlparser2";
import { isSpace, trim } from "../python/strings.ts";

const SILENT = new Set(["script", "style", "template"]);

/** The visible texts of a page, each without blanks at its ends, one a line: BeautifulSoup's get_text. */
export function visibleText(html: string): string {
  const texts: string[] = [];
  let current = "";
  let silent = 0;
  const flush = (): void => {
    const text = trim(current, isSpace);
    if (text !== "") texts.push(text);
    current = "";
  };
  const parser = new Parser({
    onopentag(name) {
      flush();
      if (SILENT.has(name)) silent += 1;
    },
    onclosetag(name) {
      flush();
      if (SILENT.has(name)) silent -= 1;
    },
    oncomment: flush,
    ontext(text) {
      if (silent === 0) current += text;
    },
  });
  parser.end(html);
  flush();
  return texts.join("\n");
}

const HIDDEN = new Set(["script", "style", "template", "head"]);
const BLOCKS = new Set(
  "p div section article main header footer nav table tr ul ol blockquote pre form dl dt dd".split(" "),
);
const MARKS: Readonly<Record<string, string>> = { b: "**", strong: "**", i: "_", em: "_", u: "_", code: "`" };

/** A page as Markdown: headings, lists, emphasis, links and images, in the manner of html2text. */
export function markdown(html: string): string {
  let out = "";
  let hidden = 0;
  const lists: { ordered: boolean; count: number }[] = [];
  const links: (string | null)[] = [];
  const write = (text: string): void => {
    if (hidden === 0) out += text;
  };
  const block = (): void => write("\n\n");
  const parser = new Parser({
    onopentag(name, attributes) {
      if (HIDDEN.has(name)) hidden += 1;
      const heading = /^h([1-6])$/.exec(name)?.[1];
      if (heading !== undefined) write(`\n\n${"#".repeat(Number(heading))} `);
      else if (BLOCKS.has(name)) block();
      if (name === "ul" || name === "ol") lists.push({ ordered: name === "ol", count: 0 });
      else if (name === "li") write(`\n${bullet(lists)}`);
      else if (name === "br") write("  \n");
      else if (name === "hr") write("\n\n* * *\n\n");
      else if (name === "img") write(`![${attributes.alt ?? ""}](${attributes.src ?? ""})`);
      else if (name === "td" || name === "th") write(" | ");
      else if (name === "a") {
        links.push(attributes.href ?? null);
        if (attributes.href !== undefined) write("[");
      } else write(MARKS[name] ?? "");
    },
    onclosetag(name) {
      if (name === "a") {
        const href = links.pop();
        if (typeof href === "string") write(`](${href})`);
      } else write(MARKS[name] ?? "");
      if (name === "ul" || name === "ol") lists.pop();
      if (BLOCKS.has(name) || /^h[1-6]$/.test(name)) block();
      if (HIDDEN.has(name)) hidden -= 1;
    },
    ontext(text) {
      write(text.replace(/[ \t\r\n]+/g, " "));
    },
  });
  parser.end(html);
  const lines = out.split("\n").map((line) => (line.trim() === "" ? "" : line.replace(/^ (?! )/, "")));
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n\n`;
}

function bullet(lists: { ordered: boolean; count: number }[]): string {
  const list = lists.at(-1);
  const indent = "  ".repeat(Math.max(1, lists.length));
  if (!list?.ordered) return `${indent}* `;
  list.count += 1;
  return `${indent}${list.count}. `;
}
