import { compareStr } from "../../bfcl/python/strings.ts";
import { sequenceRatio } from "./sequence-matcher.ts";

const LATIN_1 = /[\u0080-\u00ff]/g;
const NOT_WORD = /[^\p{L}\p{N}_]/gu;

/**
 * thefuzz 0.19.0's fuzz.token_set_ratio with difflib: 0 to 100. Latin-1 letters vanish, other symbols become spaces; the
 * words that both sides have are compared with what each side has besides.
 */
export function tokenSetRatio(a: string, b: string): number {
  const left = words(a);
  const right = words(b);
  if (left.size === 0 || right.size === 0) return 0;
  const shared = sorted(left.intersection(right));
  const withLeft = `${shared} ${sorted(left.difference(right))}`.trim();
  const withRight = `${shared} ${sorted(right.difference(left))}`.trim();
  return Math.max(ratio(shared, withLeft), ratio(shared, withRight), ratio(withLeft, withRight));
}

function words(text: string): Set<string> {
  const plain = text.replace(LATIN_1, "").replace(NOT_WORD, " ").toLowerCase();
  return new Set(plain.split(" ").filter((word) => word !== ""));
}

function sorted(list: ReadonlySet<string>): string {
  return [...list].sort(compareStr).join(" ");
}

function ratio(a: string, b: string): number {
  if (a === b) return 100;
  if (a === "" || b === "") return 0;
  return roundHalfEven(100 * sequenceRatio(a, b));
}

/** Python's round() of a float to an int. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
