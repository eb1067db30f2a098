import { isSpace } from "../python/strings.ts";

/** What the official patterns for lists of lists and lists of objects look for: `open inner ... , inner ... close`. */
interface ListForm {
  readonly innerOpen: string;
  readonly innerClose: string;
  readonly close: string;
  /** Whether an inner part may run over line ends. */
  readonly overLines: boolean;
}

/**
 * Where the match of the official pattern `\s*{.*?}\s*(?:,\s*{.*?}\s*)*\]` ends that begins at `from` (the braces and the
 * bracket as the form has them), or -1. The pattern takes exponential time in a backtracking engine: each `.*?` may run
 * over the parts that follow it. Here each closing brace is looked at once, from the last to the first.
 */
export function nestedListEnd(text: string, from: number, form: ListForm): number {
  const start = skipBlanks(text, from);
  if (text[start] !== form.innerOpen) return -1;
  const closings: number[] = [];
  for (let at = text.indexOf(form.innerClose, start); at !== -1; at = text.indexOf(form.innerClose, at + 1)) {
    closings.push(at);
  }
  /** For each closing brace: where the match ends when an inner part may end there or at a later one. */
  const ends = new Array<number>(closings.length).fill(-1);
  const firstAfter = (open: number): number => {
    const index = lowerBound(closings, open + 1);
    const closing = closings[index];
    if (closing === undefined || !isReachable(text, open, closing, form)) return -1;
    return ends[index] ?? -1;
  };
  for (let index = closings.length - 1; index >= 0; index--) {
    const closing = closings[index] as number;
    const next = closings[index + 1];
    const here = endAfter(text, closing, form, firstAfter);
    const later = next !== undefined && isReachable(text, closing, next, form) ? (ends[index + 1] ?? -1) : -1;
    ends[index] = here === -1 ? later : here;
  }
  return firstAfter(start);
}

/** Where the match ends when an inner part ends at `closing`: another part is tried first, then the end of the list. */
function endAfter(text: string, closing: number, form: ListForm, firstAfter: (open: number) => number): number {
  const at = skipBlanks(text, closing + 1);
  if (text[at] === ",") {
    const open = skipBlanks(text, at + 1);
    const end = text[open] === form.innerOpen ? firstAfter(open) : -1;
    if (end !== -1) return end;
  }
  return text[at] === form.close ? at + 1 : -1;
}

function isReachable(text: string, from: number, to: number, { overLines }: ListForm): boolean {
  if (overLines) return true;
  const line = text.indexOf("\n", from);
  return line === -1 || line > to;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Index of the first number that is not below `least`. */
function lowerBound(sorted: readonly number[], least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
