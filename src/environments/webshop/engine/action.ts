/** An action as the original reads it. */
export interface ParsedAction {
  readonly name: string;
  readonly argument: string | null;
}

/**
 * What `re.match(r"(.+)\\[(.+)\\]", action)` finds: from the start, both parts as long as can be, neither over a line end. So
 * `click[black [2 pack]]` names no action, and what follows the last bracket is ignored. Looked for by hand, because the
 * pattern takes time by the square of a text full of brackets.
 */
export function parseAction(action: string): ParsedAction {
  const [line = ""] = action.split("\n", 1);
  const close = line.lastIndexOf("]");
  const open = close < 2 ? -1 : line.lastIndexOf("[", close - 2);
  if (open < 1) return { name: action, argument: null };
  return { name: line.slice(0, open), argument: line.slice(open + 1, close) };
}
