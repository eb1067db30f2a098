import { Arena, type Block } from "./arena.ts";
import { gelu } from "./gelu.ts";
import type { Tensors } from "./safetensors.ts";

/** The sizes of all-MiniLM-L6-v2. */
const HIDDEN = 384;
const INNER = 1536;
const LAYERS = 6;
const HEADS = 12;
const HEAD = HIDDEN / HEADS;
const VOCABULARY = 30_522;
const POSITIONS = 512;
const EPSILON = 1e-12;

/** Tokens of a text that count; the setting of sentence-transformers for this model. */
export const MAX_TOKENS = 256;

/** Values of the weights that the kernel reads, and of what it works on. */
const WEIGHTS = LAYERS * (4 * (HIDDEN + 1) * HIDDEN + (2 * HIDDEN + 1) * INNER + HIDDEN);
const WORK = MAX_TOKENS * (6 * HIDDEN + INNER + 3 * HEAD + MAX_TOKENS + HEAD) + INNER;

interface Linear {
  readonly weights: Block;
  readonly bias: Block;
  readonly inputs: number;
  readonly outputs: number;
}

interface Norm {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

interface Layer {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly attended: Linear;
  readonly attendedNorm: Norm;
  readonly inner: Linear;
  readonly outer: Linear;
  readonly outerNorm: Norm;
}

/** The forward pass of BERT: ids of a text in, one vector a token out. */
export class Bert {
  readonly #arena = new Arena(WEIGHTS + WORK);
  readonly #words: Float32Array;
  readonly #positions: Float32Array;
  readonly #type: Float32Array;
  readonly #norm: Norm;
  readonly #layers: readonly Layer[];

  readonly #x = this.#rows(HIDDEN);
  readonly #query = this.#rows(HIDDEN);
  readonly #key = this.#rows(HIDDEN);
  readonly #value = this.#rows(HIDDEN);
  readonly #mixed = this.#rows(HIDDEN);
  readonly #attended = this.#rows(HIDDEN);
  readonly #inner = this.#rows(INNER);
  readonly #headQuery = this.#rows(HEAD);
  readonly #headKey = this.#rows(HEAD);
  readonly #headValue = this.#rows(HEAD);
  readonly #headMixed = this.#rows(HEAD);
  readonly #scores = this.#rows(MAX_TOKENS);
  readonly #noBias = this.#arena.block(INNER);

  /** Throws an Error where the model lacks a tensor or has another size. */
  constructor(tensors: Tensors) {
    this.#words = tensors.get("embeddings.word_embeddings.weight", VOCABULARY * HIDDEN);
    this.#positions = tensors.get("embeddings.position_embeddings.weight", POSITIONS * HIDDEN);
    this.#type = tensors.get("embeddings.token_type_embeddings.weight", 2 * HIDDEN).subarray(0, HIDDEN);
    const norm = (name: string): Norm => ({
      scale: tensors.get(`${name}.LayerNorm.weight`, HIDDEN),
      shift: tensors.get(`${name}.LayerNorm.bias`, HIDDEN),
    });
    const linear = (name: string, inputs: number, outputs: number): Linear => ({
      weights: this.#arena.hold(tensors.get(`${name}.weight`, inputs * outputs)),
      bias: this.#arena.hold(tensors.get(`${name}.bias`, outputs)),
      inputs,
      outputs,
    });
    this.#norm = norm("embeddings");
    this.#layers = Array.from({ length: LAYERS }, (_, index): Layer => {
      const name = `encoder.layer.${index}`;
      return {
        query: linear(`${name}.attention.self.query`, HIDDEN, HIDDEN),
        key: linear(`${name}.attention.self.key`, HIDDEN, HIDDEN),
        value: linear(`${name}.attention.self.value`, HIDDEN, HIDDEN),
        attended: linear(`${name}.attention.output.dense`, HIDDEN, HIDDEN),
        attendedNorm: norm(`${name}.attention.output`),
        inner: linear(`${name}.intermediate.dense`, HIDDEN, INNER),
        outer: linear(`${name}.output.dense`, INNER, HIDDEN),
        outerNorm: norm(`${name}.output`),
      };
    });
  }

  /** The last hidden state, a row of 384 for each of at most 256 ids; good until the next run. */
  run(ids: readonly number[]): Float32Array {
    const rows = ids.length;
    this.#embed(ids);
    for (const layer of this.#layers) {
      this.#attend(layer, rows);
      this.#apply(layer.attended, this.#mixed, this.#attended, rows);
      addNormed(this.#attended.values, this.#x.values, layer.attendedNorm, rows);
      this.#apply(layer.inner, this.#attended, this.#inner, rows);
      const inner = this.#inner.values;
      for (let at = 0; at < rows * INNER; at++) inner[at] = gelu(inner[at] as number);
      this.#apply(layer.outer, this.#inner, this.#x, rows);
      addNormed(this.#x.values, this.#attended.values, layer.outerNorm, rows);
    }
    return this.#x.values.subarray(0, rows * HIDDEN);
  }

  #rows(width: number): Block {
    return this.#arena.block(MAX_TOKENS * width);
  }

  #apply({ weights, bias, inputs, outputs }: Linear, x: Block, y: Block, rows: number): void {
    this.#arena.linear(x.address, weights.address, bias.address, y.address, fours(rows), inputs, outputs);
  }

  #embed(ids: readonly number[]): void {
    const x = this.#x.values;
    for (const [row, id] of ids.entries()) {
      for (let at = 0; at < HIDDEN; at++) {
        x[row * HIDDEN + at] =
          (this.#words[id * HIDDEN + at] as number) +
          (this.#positions[row * HIDDEN + at] as number) +
          (this.#type[at] as number);
      }
    }
    addNormed(x, null, this.#norm, ids.length);
  }

  /** Self-attention over all tokens, one head after the other. */
  #attend(layer: Layer, rows: number): void {
    this.#apply(layer.query, this.#x, this.#query, rows);
    this.#apply(layer.key, this.#x, this.#key, rows);
    this.#apply(layer.value, this.#x, this.#value, rows);
    const padded = fours(rows);
    const { linear } = this.#arena;
    for (let head = 0; head < HEADS; head++) {
      this.#takeHead(head, rows, padded);
      const [query, key, scores] = [this.#headQuery, this.#headKey, this.#scores];
      linear(query.address, key.address, this.#noBias.address, scores.address, padded, HEAD, padded);
      softmax(scores.values, rows, padded);
      const [value, mixed] = [this.#headValue, this.#headMixed];
      linear(scores.address, value.address, this.#noBias.address, mixed.address, padded, padded, HEAD);
      for (let row = 0; row < rows; row++) {
        const from = row * HEAD;
        this.#mixed.values.set(mixed.values.subarray(from, from + HEAD), row * HIDDEN + head * HEAD);
      }
    }
  }

  /** A head's part of the queries, keys and (transposed) values; zeros for the rows that pad them to a multiple of four. */
  #takeHead(head: number, rows: number, padded: number): void {
    const [query, key, value] = [this.#query.values, this.#key.values, this.#value.values];
    for (let row = 0; row < padded; row++) {
      const isThere = row < rows;
      for (let at = 0; at < HEAD; at++) {
        const from = row * HIDDEN + head * HEAD + at;
        this.#headQuery.values[row * HEAD + at] = isThere ? (query[from] as number) : 0;
        this.#headKey.values[row * HEAD + at] = isThere ? (key[from] as number) : 0;
        this.#headValue.values[at * padded + row] = isThere ? (value[from] as number) : 0;
      }
    }
  }
}

function fours(rows: number): number {
  return Math.ceil(rows / 4) * 4;
}

/** Turns each row of scores into weights that sum to 1, and 0 for what is padding. */
function softmax(scores: Float32Array, rows: number, width: number): void {
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < rows; at++) largest = Math.max(largest, scores[from + at] as number);
    let sum = 0;
    for (let at = 0; at < rows; at++) {
      const weight = Math.exp(((scores[from + at] as number) - largest) / Math.sqrt(HEAD));
      scores[from + at] = weight;
      sum += weight;
    }
    for (let at = 0; at < width; at++) scores[from + at] = at < rows ? (scores[from + at] as number) / sum : 0;
  }
}

/** Adds `other` to `x` and normalises each row, in place. */
function addNormed(x: Float32Array, other: Float32Array | null, { scale, shift }: Norm, rows: number): void {
  for (let from = 0; from < rows * HIDDEN; from += HIDDEN) {
    let mean = 0;
    for (let at = 0; at < HIDDEN; at++) {
      if (other !== null) x[from + at] = (x[from + at] as number) + (other[from + at] as number);
      mean += x[from + at] as number;
    }
    mean /= HIDDEN;
    let variance = 0;
    for (let at = 0; at < HIDDEN; at++) variance += ((x[from + at] as number) - mean) ** 2;
    const divisor = Math.sqrt(variance / HIDDEN + EPSILON);
    for (let at = 0; at < HIDDEN; at++) {
      x[from + at] = (((x[from + at] as number) - mean) / divisor) * (scale[at] as number) + (shift[at] as number);
    }
  }
}
