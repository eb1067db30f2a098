/**
 * Words as Lucene 8's StandardTokenizer cuts them: the word break rules of UAX #29 with numbers, ideographs, kana,
 * Southeast Asian runs and emoji as Lucene types them. Every alternative is greedy, and the longest match wins.
 */

/** Lucene's scanner reads through a buffer of this many UTF-16 units: a longer word is cut there. */
export const MAX_WORD = 255;

/** Lucene knows the Unicode 9 word break classes; JavaScript knows scripts and categories, from which they are made. */
const EXTEND = "\\p{Grapheme_Extend}\\p{Mc}\\u200c\\u200d[\\p{Cf}--\\u200b]";
/** No word is longer than the buffer, and a bound keeps a text of nothing but marks from being read again at each of them. */
const RUN = `{0,${MAX_WORD}}`;
const IGNORED = `[${EXTEND}]${RUN}`;
const SOUTH_EAST =
  "[[\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Mymr}\\p{sc=Khmr}\\p{sc=Tale}\\p{sc=Talu}\\p{sc=Lana}\\p{sc=Tavt}\\p{sc=Ahom}]&&[\\p{L}\\p{M}]]";
const HEBREW = "[\\p{sc=Hebrew}&&\\p{Lo}]";
const KATAKANA = "[\\p{sc=Katakana}\\u3031-\\u3035\\u309b\\u309c\\u30a0\\u30fc\\uff70]";
const LETTER =
  `[[\\p{Alphabetic}\\u02c2-\\u02c5\\u02d2-\\u02d7\\u02de\\u02df\\u02ed\\u02ef-\\u02ff\\u05f3]` +
  `--[\\p{Ideographic}\\p{sc=Hiragana}\\p{Grapheme_Extend}\\p{Mc}${KATAKANA}${SOUTH_EAST}]]`;
const NUMERIC = "[\\p{Nd}\\u066b]";
const JOINER = "[\\p{Pc}\\u202f]";
const MID_NUM_LET = "\\.'\\u2018\\u2019\\u2024\\ufe52\\uff07\\uff0e";
const MID_LETTER = `[${MID_NUM_LET}:\\u00b7\\u02d7\\u0387\\u05f4\\u2027\\ufe13\\ufe55\\uff1a]`;
const MID_NUMERIC = `[${MID_NUM_LET},;\\u037e\\u0589\\u060c\\u060d\\u066c\\u07f8\\u2044\\ufe10\\ufe14\\ufe50\\ufe54\\uff0c\\uff1b]`;

/**
 * Extended_Pictographic of Unicode 11, which Lucene's grammar spells out: later versions of Unicode took the stars, notes
 * and arrows of shop descriptions out of it, so the engine's own class would lose tokens.
 */
const PICTOGRAPHS =
  "\\u{a9}\\u{ae}\\u{203c}\\u{2049}\\u{2122}\\u{2139}\\u{2194}-\\u{2199}\\u{21a9}\\u{21aa}\\u{231a}\\u{231b}\\u{2328}\\u{2388}" +
  "\\u{23cf}\\u{23e9}-\\u{23f3}\\u{23f8}-\\u{23fa}\\u{24c2}\\u{25aa}\\u{25ab}\\u{25b6}\\u{25c0}\\u{25fb}-\\u{25fe}\\u{2600}-\\u{2605}" +
  "\\u{2607}-\\u{2612}\\u{2614}-\\u{2685}\\u{2690}-\\u{2705}\\u{2708}-\\u{2712}\\u{2714}\\u{2716}\\u{271d}\\u{2721}\\u{2728}" +
  "\\u{2733}\\u{2734}\\u{2744}\\u{2747}\\u{274c}\\u{274e}\\u{2753}-\\u{2755}\\u{2757}\\u{2763}-\\u{2767}\\u{2795}-\\u{2797}" +
  "\\u{27a1}\\u{27b0}\\u{27bf}\\u{2934}\\u{2935}\\u{2b05}-\\u{2b07}\\u{2b1b}\\u{2b1c}\\u{2b50}\\u{2b55}\\u{3030}\\u{303d}\\u{3297}" +
  "\\u{3299}\\u{1f000}-\\u{1f0ff}\\u{1f10d}-\\u{1f10f}\\u{1f12f}\\u{1f16c}-\\u{1f171}\\u{1f17e}\\u{1f17f}\\u{1f18e}" +
  "\\u{1f191}-\\u{1f19a}\\u{1f1ad}-\\u{1f1e5}\\u{1f201}-\\u{1f20f}\\u{1f21a}\\u{1f22f}\\u{1f232}-\\u{1f23a}\\u{1f23c}-\\u{1f23f}" +
  "\\u{1f249}-\\u{1f3fa}\\u{1f400}-\\u{1f53d}\\u{1f546}-\\u{1f64f}\\u{1f680}-\\u{1f6ff}\\u{1f774}-\\u{1f77f}\\u{1f7d5}-\\u{1f7ff}" +
  "\\u{1f80c}-\\u{1f80f}\\u{1f848}-\\u{1f84f}\\u{1f85a}-\\u{1f85f}\\u{1f888}-\\u{1f88f}\\u{1f8ae}-\\u{1f8ff}" +
  "\\u{1f90c}-\\u{1f93a}\\u{1f93c}-\\u{1f945}\\u{1f947}-\\u{1fffd}";

const ANY_TEXT = [
  emojiPattern(),
  wordPattern(LETTER, NUMERIC, JOINER, MID_LETTER, MID_NUMERIC, IGNORED, true),
  `(?:${SOUTH_EAST}${IGNORED})+`,
  `\\p{sc=Han}${IGNORED}`,
  `\\p{sc=Hiragana}${IGNORED}`,
].join("|");
const ASCII_TEXT = wordPattern("[a-zA-Z]", "[0-9]", "_", "[.':]", "[.',;]", "", false);

const ANYWHERE = { any: new RegExp(ANY_TEXT, "vg"), ascii: new RegExp(ASCII_TEXT, "g") };
const HERE = { any: new RegExp(ANY_TEXT, "vy"), ascii: new RegExp(ASCII_TEXT, "y") };
const OTHER = /[^\0-\x7f]/g;

/** Calls `take` with each word of a text, in order. Takes time by the length of the text, whatever it holds. */
export function eachWord(text: string, take: (word: string) => void): void {
  // No word goes over a blank, and texts are mostly ASCII, where no class needs a Unicode table: that pattern is ten times as
  // fast, so it reads all but the stretches between blanks that hold something else.
  let from = 0;
  for (;;) {
    OTHER.lastIndex = from;
    const other = OTHER.exec(text)?.index;
    if (other === undefined) break;
    const start = text.lastIndexOf(" ", other) + 1;
    const blank = text.indexOf(" ", other);
    const end = blank === -1 ? text.length : blank;
    if (start > from) eachWordOf(text.slice(from, start), "ascii", take);
    eachWordOf(text.slice(start, end), "any", take);
    from = end;
  }
  if (from < text.length) eachWordOf(from === 0 ? text : text.slice(from), "ascii", take);
}

function eachWordOf(text: string, kind: "any" | "ascii", take: (word: string) => void): void {
  if (hasLongRun(text)) return eachWordOfLongRuns(text, HERE[kind], take);
  for (const [word] of text.matchAll(ANYWHERE[kind])) take(word);
}

/** Whether more follows without a blank than the scanner's buffer holds: no word goes over a blank. */
function hasLongRun(text: string): boolean {
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x0a) start = at + 1;
    else if (at - start >= MAX_WORD) return true;
  }
  return false;
}

/** The scanner's own way: the longest word in its buffer from here, or one character on. */
function eachWordOfLongRuns(text: string, here: RegExp, take: (word: string) => void): void {
  for (let at = 0; at < text.length; ) {
    here.lastIndex = 0;
    const word = here.exec(text.slice(at, at + MAX_WORD))?.[0];
    if (word !== undefined) take(word);
    at += word?.length ?? ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  }
}

function wordPattern(
  letter: string,
  numeric: string,
  joiner: string,
  midLetter: string,
  midNumeric: string,
  ignored: string,
  scripts: boolean,
): string {
  const L = `${letter}${ignored}`;
  const N = `${numeric}${ignored}`;
  const J = `(?:${joiner}${ignored})`;
  const H = `${HEBREW}${ignored}`;
  const K = `${KATAKANA}${ignored}`;
  const hebrew = scripts ? `${H}(?:'${ignored}|"${ignored}${H})|` : "";
  const mixed = `(?:${hebrew}${N}(?:(?:${J}${RUN}|${midNumeric}${ignored})${N})*|${L}(?:(?:${J}${RUN}|${midLetter}${ignored})${L})*)+`;
  const run = scripts ? `(?:${K}(?:${J}${RUN}${K})*|${mixed})` : mixed;
  return `${J}${RUN}${run}(?:${J}{1,${MAX_WORD}}${run})*${J}*`;
}

/** UTS #51 sequences. The joiner belongs to what may follow any character, so a sequence goes on after one just read. */
function emojiPattern(): string {
  const ignored = `[[${EXTEND}]--[\\ufe0e\\ufe0f]]${RUN}`;
  const one =
    `(?:(?:\\u200d${RUN}\\p{Emoji_Modifier_Base}${ignored})?\\p{Emoji_Modifier}${ignored}` +
    `|\\u200d${RUN}[${PICTOGRAPHS}]${ignored}\\ufe0f?)`;
  const flag = `\\p{Regional_Indicator}${IGNORED}`;
  return `${one}(?:(?<=\\u200d)${one}|\\u200d${one})*|[0-9#*]${ignored}\\ufe0f?\\u20e3${ignored}|${flag}${flag}`;
}
