import { hasNewer, KNOWN_RUN } from "./unicode.ts";

/** str as Python sees it: a sequence of code points. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

/** Whether every UTF-16 unit is a code point of its own, so that JavaScript's own indices are Python's. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xf800) === 0xd800) return false;
  return true;
}

/** len(text) */
export function pyLen(text: string): number {
  if (isPlain(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Order of code points, not of UTF-16 units: they differ above U+FFFF. */
export function compareStr(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    const xHigh = (x & 0xf800) === 0xd800;
    const yHigh = (y & 0xf800) === 0xd800;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

const LINE_ENDS = new RegExp(["\\r\\n", "[\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]"].join("|"), "g");

/** text.splitlines() */
export function splitlines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(LINE_ENDS);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** What str.isspace() accepts: JavaScript's \s lacks U+001C-1F and U+0085 and has U+FEFF. */
const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACE_RUN = new RegExp(`[${SPACES}]+`, "g");
const BEYOND_ASCII = new Set([0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]);

/** str.isspace() of one character by its code. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  return BEYOND_ASCII.has(code) || (code >= 0x2000 && code <= 0x200a);
}

/** Text without what is blank at its ends. Not by a regular expression: /\s+$/ takes quadratic time on inner blanks. */
export function trim(text: string, isBlank: (code: number) => boolean, left = true, right = true): string {
  let from = 0;
  let to = text.length;
  if (left) while (from < to && isBlank(text.charCodeAt(from))) from++;
  if (right) while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** text.rstrip(character), for one ASCII character. */
export function withoutEnd(text: string, character: string): string {
  const code = character.charCodeAt(0);
  return trim(text, (other) => other === code, false);
}

/** text.split() */
export function splitWords(text: string): string[] {
  return text.split(SPACE_RUN).filter((word) => word !== "");
}

/** text.strip(chars), text.lstrip(chars), text.rstrip(chars) */
export function strip(text: string, chars: string | null, left: boolean, right: boolean): string {
  if (chars === null) return trim(text, isSpace, left, right);
  // Characters of one UTF-16 unit can be told without cutting the text into code points, unless they are half of a pair.
  if (isPlain(chars)) return trim(text, (code) => chars.includes(String.fromCharCode(code)), left, right);
  const points = codePoints(text);
  const set = new Set(chars);
  let from = 0;
  let to = points.length;
  if (left) while (from < to && set.has(points[from] ?? "")) from++;
  if (right) while (to > from && set.has(points[to - 1] ?? "")) to--;
  return points.slice(from, to).join("");
}

const ASCII = /^[\0-\x7f]*$/;

/** text.lower(): JavaScript's default mapping, which is Unicode's as Python's is, for the characters that Python knows. */
export function lower(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return hasNewer(text) ? text.replace(KNOWN_RUN, (run) => run.toLowerCase()) : text.toLowerCase();
}

const DIGITS =
  /^[\p{Nd}\u{b2}-\u{b3}\u{b9}\u{1369}-\u{1371}\u{19da}\u{2070}\u{2074}-\u{2079}\u{2080}-\u{2089}\u{2460}-\u{2468}\u{2474}-\u{247c}\u{2488}-\u{2490}\u{24ea}\u{24f5}-\u{24fd}\u{24ff}\u{2776}-\u{277e}\u{2780}-\u{2788}\u{278a}-\u{2792}\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]+$/u;

/** text.isdigit() for text of one or more characters: digits of any script, superscripts too, no fractions. */
export function isDigit(text: string): boolean {
  return DIGITS.test(text) && !hasNewer(text);
}
