/** Characters kept of what a worker wrote. */
const MOST_KEPT = 64 * 1024;
/** Characters of it that an error message carries. */
const MOST_SHOWN = 2000;

/** The end of what a worker wrote, for whoever has to find out why it ended. */
export class LogTail {
  #text = "";

  add(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-MOST_KEPT);
  }

  /** Reads a stream to its end; a broken one ends quietly. */
  async follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of stream) this.add(decoder.decode(chunk, { stream: true }));
    } catch {
      // The process was killed while it wrote: what came before is kept.
    }
  }

  /** All that is kept. */
  get text(): string {
    return this.#text;
  }

  /** The last lines as the end of an error message, or nothing. */
  get ending(): string {
    const shown = this.#text.trimEnd().slice(-MOST_SHOWN);
    return shown === "" ? "; it wrote nothing" : `; the end of its output:\n${shown}`;
  }
}
