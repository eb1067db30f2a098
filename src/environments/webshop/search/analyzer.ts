import { porterStem } from "./porter.ts";
import { eachWord } from "./word-breaks.ts";

/** Lucene's EnglishAnalyzer.ENGLISH_STOP_WORDS_SET. */
const STOP_WORDS = new Set(
  (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this " +
    "to was will with"
  ).split(" "),
);

const POSSESSIVE = /['\u2019\uff07][sS]$/;
const NOT_ASCII = /[^\0-\x7f]/;

/** Bounded: catalogues repeat their words, and a model's nonsense must not fill the memory. */
const MAX_REMEMBERED = 200_000;
const remembered = new Map<string, string | null>();

/**
 * The tokens of a text as pyserini's default English analyzer makes them: StandardTokenizer, English possessive, lower
 * case, stop words, Porter.
 */
export function analyze(text: string): string[] {
  const tokens: string[] = [];
  eachWord(text, (word) => {
    const token = toToken(word);
    if (token !== null) tokens.push(token);
  });
  return tokens;
}

function toToken(word: string): string | null {
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const lower = lowerCase(word.replace(POSSESSIVE, ""));
  const token = STOP_WORDS.has(lower) ? null : porterStem(lower);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(word, token);
  return token;
}

/** Java's Character.toLowerCase of each code point: no final sigma, and a capital I with a dot becomes a plain i. */
function lowerCase(word: string): string {
  if (!NOT_ASCII.test(word)) return word.toLowerCase();
  let out = "";
  for (const char of word) out += char === "\u0130" ? "i" : char.toLowerCase();
  return out;
}
