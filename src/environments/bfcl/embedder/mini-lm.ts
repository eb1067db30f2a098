import { Bert, MAX_TOKENS } from "./bert.ts";
import type { Embedder } from "./embedder.ts";
import { Tensors } from "./safetensors.ts";
import { WordPiece } from "./word-piece.ts";

/** all-MiniLM-L6-v2, as sentence-transformers runs it: the mean of the token vectors, normalised. */
export class MiniLm implements Embedder {
  readonly #bert: Bert;
  readonly #tokenizer: WordPiece;

  constructor(weights: Uint8Array, vocabulary: string) {
    this.#bert = new Bert(new Tensors(weights));
    this.#tokenizer = new WordPiece(vocabulary);
  }

  embed(text: string): Float32Array {
    const ids = this.#tokenizer.encode(text, MAX_TOKENS);
    const tokens = this.#bert.run(ids);
    const size = tokens.length / ids.length;
    const mean = new Float64Array(size);
    for (const [at, value] of tokens.entries()) mean[at % size] = (mean[at % size] as number) + value;
    const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
    return Float32Array.from(mean, (value) => value / Math.max(length, Number.MIN_VALUE));
  }
}
