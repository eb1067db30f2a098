const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/** A value of the outermost list or object of a JSON text, as its text; `key` is null in a list. */
export interface JsonEntry {
  readonly key: string | null;
  readonly text: string;
}

/**
 * Reads the outermost list or object of a JSON file entry by entry: the full catalogue is 5.2 GB, which neither fits one
 * string nor, parsed at once, the memory. Throws SyntaxError when the text is not of that form.
 */
export async function* jsonEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonEntry> {
  const scanner = new EntryScanner();
  for await (const chunk of chunks) yield* scanner.feed(chunk);
  scanner.end();
}

class EntryScanner {
  readonly #decoder = new TextDecoder();
  /** Pieces of the entry that earlier chunks had. */
  #pieces: Uint8Array[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #closed = false;
  #isObject = false;
  #key: string | null = null;

  *feed(chunk: Uint8Array): Generator<JsonEntry> {
    let start = this.#depth === 0 ? -1 : 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (this.#depth++ === 0) {
          this.#isObject = byte === OPEN_OBJECT;
          start = at + 1;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (--this.#depth === 0) {
          yield* this.#finish(chunk.subarray(start, at));
          this.#closed = true;
          return;
        }
      } else if (this.#depth === 1 && byte === COMMA) {
        yield* this.#finish(chunk.subarray(start, at));
        start = at + 1;
      } else if (this.#depth === 1 && byte === COLON && this.#isObject) {
        this.#key = JSON.parse(this.#take(chunk.subarray(start, at)));
        start = at + 1;
      }
    }
    if (start >= 0) this.#pieces.push(chunk.slice(start));
  }

  end(): void {
    if (!this.#closed) throw new SyntaxError("the JSON text ends before its outermost list or object does");
  }

  *#finish(last: Uint8Array): Generator<JsonEntry> {
    const text = this.#take(last);
    if (text !== "") yield { key: this.#key, text };
    this.#key = null;
  }

  #take(last: Uint8Array): string {
    const bytes = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    return this.#decoder.decode(bytes).trim();
  }
}
