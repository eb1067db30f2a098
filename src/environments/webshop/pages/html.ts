import type { PageElement, PageNode } from "./tree.ts";

const SPECIAL = /[&<>'"]/g;
const NEEDS_ESCAPE = /[&<>'"]/;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};

/** Text as Jinja's autoescape writes it. */
export function escapeHtml(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(SPECIAL, (char) => ESCAPES[char] ?? char) : text;
}

/** The HTML of a page, without the line end after the last tag (Jinja drops it). */
export function toHtml(nodes: readonly PageNode[]): string {
  const out: string[] = [];
  for (const node of nodes) writeLine(node, 0, out);
  return out.join("").slice(0, -1);
}

function writeLine(node: PageNode, depth: number, out: string[]): void {
  if (typeof node === "string") {
    out.push("  ".repeat(depth), escapeHtml(node), "\n");
  } else if ("raw" in node) {
    out.push(typeof node.raw === "string" ? node.raw : node.raw());
  } else if ("blank" in node) {
    out.push(node.blank === null ? "  ".repeat(depth) : " ".repeat(node.blank), "\n");
  } else if ("deeper" in node) {
    for (const child of node.deeper) writeLine(child, depth + 1, out);
  } else if ("verbatim" in node || !node.block) {
    out.push("tag" in node && node.spacing?.before !== undefined ? node.spacing.before : "  ".repeat(depth));
    writeInline(node, out);
    out.push("\n");
  } else {
    out.push("  ".repeat(depth), openTag(node), node.spacing?.afterOpen ?? "", "\n");
    for (const child of node.children) writeLine(child, depth + 1, out);
    out.push("  ".repeat(depth), `</${node.close}>${node.spacing?.afterClose ?? ""}\n`);
  }
}

function writeInline(node: PageNode, out: string[]): void {
  if (typeof node === "string") out.push(escapeHtml(node));
  else if ("verbatim" in node) out.push(node.verbatim);
  else if ("raw" in node) out.push(typeof node.raw === "string" ? node.raw : node.raw());
  else if ("tag" in node) {
    out.push(openTag(node));
    for (const child of node.children) writeInline(child, out);
    if (node.close !== null) out.push(`</${node.close}>`);
  }
}

function openTag({ tag, attributes }: PageElement): string {
  const text = typeof attributes === "string" ? attributes : attributes();
  return text === "" ? `<${tag}>` : `<${tag} ${text}>`;
}
