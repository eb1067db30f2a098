import { LRUCache } from "lru-cache";
import { compareStr } from "../../bfcl/python/strings.ts";
import { sequenceRatio } from "./sequence-matcher.ts";

const LATIN_1 = /[\u0080-\u00ff]/g;
const NOT_ASCII = /[^\0-\x7f]/;
/** Of each ASCII character, while two texts are compared. */
const counts = new Int32Array(128);
const NOT_WORD = /[^\p{L}\p{N}_]/gu;

/**
 * thefuzz 0.19.0's fuzz.token_set_ratio with difflib: 0 to 100. Latin-1 letters vanish, other symbols become spaces; the
 * words that both sides have are compared with what each side has besides.
 */
export function tokenSetRatio(a: string, b: string): number {
  return Math.max(0, ...sides(a, b).map(([left, right]) => ratio(left, right)));
}

/** Whether `tokenSetRatio` is above a number: most pairs of texts are too different, which their letters tell for less. */
export function isAlike(a: string, b: string, above: number): boolean {
  return sides(a, b).some(([left, right]) => mostRatio(left, right) > above && ratio(left, right) > above);
}

/** The pairs of texts whose ratios count; none when one side has no words. */
function sides(a: string, b: string): (readonly [string, string])[] {
  const left = words(a);
  const right = words(b);
  if (left.size === 0 || right.size === 0) return [];
  const shared = sorted(left.intersection(right));
  const withLeft = `${shared} ${sorted(left.difference(right))}`.trim();
  const withRight = `${shared} ${sorted(right.difference(left))}`.trim();
  return [
    [shared, withLeft],
    [shared, withRight],
    [withLeft, withRight],
  ];
}

/** No ratio is larger: as many characters match as both texts have of each, at most. */
function mostRatio(a: string, b: string): number {
  if (NOT_ASCII.test(a) || NOT_ASCII.test(b)) return 100;
  if (a === "" || b === "") return a === b ? 100 : 0;
  counts.fill(0);
  for (let at = 0; at < a.length; at++) {
    const code = a.charCodeAt(at);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  let common = 0;
  for (let at = 0; at < b.length; at++) {
    const code = b.charCodeAt(at);
    const left = counts[code] ?? 0;
    if (left === 0) continue;
    counts[code] = left - 1;
    common++;
  }
  return Math.ceil((200 * common) / (a.length + b.length));
}

/** Words by their text: attributes and options come again with every purchase. */
const remembered = new LRUCache<string, ReadonlySet<string>>({ max: 10_000, memoMethod: wordsOf });
const words = (text: string): ReadonlySet<string> => remembered.memo(text);

function wordsOf(text: string): ReadonlySet<string> {
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
