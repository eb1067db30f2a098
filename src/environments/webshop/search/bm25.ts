import { byteToLength } from "./small-float.ts";

/** BM25's constants as pyserini's LuceneSearcher has them. */
const K1 = Math.fround(0.9);
const B = Math.fround(0.4);
const BYTES = 256;

/** 1 / (k1 * (1 - b + b * length / average)) by length byte, in float32 as Lucene caches it. */
export function lengthNorms(tokens: number, documents: number): Float32Array {
  const average = Math.fround(tokens / documents);
  return Float32Array.from({ length: BYTES }, (_, byte) => {
    const relative = Math.fround(Math.fround(B * byteToLength(byte)) / average);
    return 1 / Math.fround(K1 * Math.fround(Math.fround(1 - B) + relative));
  });
}

/** The weight of a term that a query has `count` times. */
export function termWeight(count: number, documents: number, frequency: number): number {
  const idf = Math.fround(Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5)));
  return Math.fround(count * idf);
}

/** What a term adds to the score of a document; `impact` is its frequency there times the norm of the length, in float32. */
export function termScore(weight: number, impact: number): number {
  return Math.fround(weight - Math.fround(weight / Math.fround(1 + impact)));
}
