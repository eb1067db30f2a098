import { isSpace } from "../python/strings.ts";

/** Texts that stand for themselves wherever they are. */
const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const SPECIAL_TEXT = /(\[(?:PAD|UNK|CLS|SEP|MASK)\])/;

/** Characters of a word past which it is unknown as a whole. */
const LONGEST_WORD = 100;

/** CJK ideographs, which are words of one character. */
const IDEOGRAPH =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
/** A tab and the ends of a line are blanks; every other control character is nothing. */
const CONTROL = /(?![\t\n\r])[\p{C}\ufffd]/gu;
const MARK = /\p{Mn}/gu;
const PUNCTUATION = /([!-/:-@[-`{-~]|\p{P})/u;

/** The tokenizer of an uncased BERT: words, then the longest pieces of each that the vocabulary has. */
export class WordPiece {
  readonly #ids: ReadonlyMap<string, number>;

  /** `vocabulary`: one piece a line, in the order of their ids. */
  constructor(vocabulary: string) {
    this.#ids = new Map(vocabulary.split("\n").map((piece, id) => [piece.replace(/\r$/, ""), id]));
  }

  /** The ids of a text between [CLS] and [SEP], cut to `most` in all. */
  encode(text: string, most: number): number[] {
    const ids = [this.#id("[CLS]")];
    for (const part of text.split(SPECIAL_TEXT)) {
      if (SPECIAL.includes(part)) ids.push(this.#id(part));
      else for (const word of words(part)) ids.push(...this.#pieces(word));
      if (ids.length >= most) break;
    }
    ids.length = Math.min(ids.length, most - 1);
    return [...ids, this.#id("[SEP]")];
  }

  #pieces(word: string): number[] {
    const characters = Array.from(word);
    if (characters.length > LONGEST_WORD) return [this.#id("[UNK]")];
    const found: number[] = [];
    let from = 0;
    while (from < characters.length) {
      let to = characters.length;
      let id: number | undefined;
      for (; to > from && id === undefined; to--) {
        const piece = characters.slice(from, to).join("");
        id = this.#ids.get(from === 0 ? piece : `##${piece}`);
      }
      if (id === undefined) return [this.#id("[UNK]")];
      found.push(id);
      from = to + 1;
    }
    return found;
  }

  #id(piece: string): number {
    const id = this.#ids.get(piece);
    if (id === undefined) throw new Error(`the vocabulary lacks ${piece}`);
    return id;
  }
}

/** The words of a text, normalised: no control characters, no accents, lower case, punctuation apart. */
function words(text: string): string[] {
  const plain = Array.from(text.replace(CONTROL, ""), (char) => (isSpace(char.charCodeAt(0)) ? " " : char)).join("");
  const apart = plain.replace(IDEOGRAPH, " $& ").normalize("NFD").replace(MARK, "");
  // One character at a time: as in the original, no letter depends on where it stands in its word.
  const lower = Array.from(apart, (char) => char.toLowerCase()).join("");
  return lower
    .split(/ +/)
    .flatMap((word) => word.split(PUNCTUATION))
    .filter((word) => word !== "");
}
