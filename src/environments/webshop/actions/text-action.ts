/** What a message asks the shop to do. */
export interface ShopCall {
  readonly name: "search" | "click";
  readonly argument: string;
}

const NAME = /(?<![\p{L}\p{N}_])(search|click)\[/giu;

/**
 * The last `search[...]` or `click[...]` of a text. What is in the brackets may hold brackets itself (`click[black [2 pack]]`),
 * which the original cannot read; one that is not closed on its line ends with the line's last bracket, or the line.
 */
export function lastTextAction(text: string): ShopCall | null {
  let last: RegExpExecArray | null = null;
  for (const match of text.matchAll(NAME)) last = match;
  if (last === null) return null;
  const start = last.index + last[0].length;
  const name = last[1]?.toLowerCase() === "search" ? "search" : "click";
  return { name, argument: argumentAt(text, start) };
}

function argumentAt(text: string, start: number): string {
  const lineEnd = text.indexOf("\n", start);
  const line = text.slice(start, lineEnd === -1 ? undefined : lineEnd);
  let depth = 1;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === "[") depth++;
    else if (line[at] === "]" && --depth === 0) return line.slice(0, at).trim();
  }
  const close = line.lastIndexOf("]");
  return line.slice(0, close === -1 ? undefined : close).trim();
}
