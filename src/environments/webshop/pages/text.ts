import { strip } from "../../bfcl/python/strings.ts";
import type { Control, PageElement, PageNode } from "./tree.ts";

const SEPARATOR = " [SEP] ";

/** The `text` mode: every visible text, stripped, between separators. A text of spaces alone is an empty element. */
export function toText(nodes: readonly PageNode[]): string {
  const parts: string[] = [];
  eachText(nodes, (text) => parts.push(stripped(text)));
  return parts.join(SEPARATOR);
}

/** The `text_rich` mode: buttons, options and products between tags; what was clicked is known by its being in the url. */
export function toRichText(nodes: readonly PageNode[], url: string, seen: ReadonlySet<string>): string {
  let out = "";
  eachText(nodes, (text, parent) => {
    let line = text;
    if (parent.tag === "button") line = `[button] ${text} [button_]`;
    else if (parent.tag === "label") {
      if (url.includes(`"${text}"`)) {
        line = `  [clicked button] ${text} [clicked button_]`;
        out = `You have clicked ${text}.\n${out}`;
      } else line = `  [button] ${text} [button_]`;
    } else if (parent.control?.kind === "product") {
      line = seen.has(text) ? `\n[clicked button] ${text} [clicked button_]` : `\n[button] ${text} [button_]`;
    }
    out += `${line}\n`;
  });
  return out;
}

/** What can be clicked, in the original's order: buttons, products, options; the last of one text is the one clicked. */
export function clickables(nodes: readonly PageNode[]): Map<string, Control> {
  const groups: Record<Control["kind"], [string, Control][]> = { button: [], product: [], option: [] };
  eachElement(nodes, (element, text) => {
    const { control } = element;
    if (control === null || text !== null) return;
    groups[control.kind].push([control.kind === "option" ? control.value : textOf(element).toLowerCase(), control]);
  });
  return new Map([...groups.button, ...groups.product, ...groups.option]);
}

/** ASCII spaces: what the original's parser (bs4) takes for insignificant. */
const ONLY_SPACE = /^[ \t\n\f\r]*$/;

function eachText(nodes: readonly PageNode[], visit: (text: string, parent: PageElement) => void): void {
  eachElement(nodes, (element, node) => {
    if (node === null || node === "") return;
    let text = node;
    // The parser shrinks such a text to one line end or one space, but inside <pre>; a line end alone is then left out.
    if (text.charCodeAt(0) <= 0x20 && element.tag !== "pre" && ONLY_SPACE.test(text))
      text = text.includes("\n") ? "\n" : " ";
    if (text !== "\n") visit(text, element);
  });
}

/** Visits each element, then each text of it, in document order. */
function eachElement(nodes: readonly PageNode[], visit: (element: PageElement, text: string | null) => void): void {
  for (const node of nodes) if (typeof node !== "string") elementsOf(node, visit);
}

function elementsOf(node: Exclude<PageNode, string>, visit: (element: PageElement, text: string | null) => void): void {
  if ("tag" in node) {
    visit(node, null);
    for (const child of node.children) {
      if (typeof child === "string") visit(node, child);
      else if ("verbatim" in child) visit(node, child.verbatim);
      else elementsOf(child, visit);
    }
  } else if ("deeper" in node) eachElement(node.deeper, visit);
}

function textOf(element: PageElement): string {
  return element.children
    .map((child) => (typeof child === "string" ? child : "tag" in child ? textOf(child) : ""))
    .join("");
}

/** str.strip(), with the usual case of nothing to strip first: it runs for every text of every page. */
function stripped(text: string): string {
  const [first, last] = [text.charCodeAt(0), text.charCodeAt(text.length - 1)];
  if (first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f) return text;
  return strip(text, null, true, true);
}
