import { LRUCache } from "lru-cache";
import type { MaybePromise } from "../../../util/maybe-promise.ts";
import type { Embedder } from "./embedder.ts";

/** Vectors that are kept: of 384 values, 30 MB. */
const KEPT = 20_000;

/**
 * An embedder that is made at its first use and remembers what it embedded. Embedding takes milliseconds a token, so what a
 * step will need can be prepared a text at a time, with others' work in between.
 */
export class CachedEmbedder implements Embedder {
  readonly #make: () => Embedder;
  readonly #vectors: LRUCache<string, Float32Array>;
  #embedder: Embedder | null = null;

  constructor(make: () => Embedder, kept = KEPT) {
    this.#make = make;
    this.#vectors = new LRUCache({ max: kept, memoMethod: (text) => this.#embedded(text) });
  }

  embed(text: string): Float32Array {
    return this.#vectors.memo(text);
  }

  /** Embeds what is not known yet; answers at once when all of it is. */
  prepare(texts: readonly string[]): MaybePromise<void> {
    const unknown = texts.filter((text) => !this.#vectors.has(text));
    return unknown.length === 0 ? undefined : this.#inPieces(unknown);
  }

  async #inPieces(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await new Promise((resolve) => setImmediate(resolve));
      this.embed(text);
    }
  }

  #embedded(text: string): Float32Array {
    this.#embedder ??= this.#make();
    return this.#embedder.embed(text);
  }
}
