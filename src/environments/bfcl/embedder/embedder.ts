/** Makes vectors of length 1 of texts: the nearer in meaning, the larger their inner product. */
export interface Embedder {
  /** Always the same vector for the same text. */
  embed(text: string): Float32Array;
}
