const K1 = 1.5;
const B = 0.75;
const DELTA = 1;

/**
 * The BM25+ score of each document for a query, both as words, by the formula of rank_bm25's BM25Plus: a sum over the words
 * of the query in their order, so that floats round as they do there.
 */
export function bm25PlusScores(documents: readonly (readonly string[])[], query: readonly string[]): number[] {
  const counts = documents.map(wordCounts);
  const averageLength = documents.reduce((sum, words) => sum + words.length, 0) / documents.length;
  const scores = documents.map(() => 0);
  for (const word of query) {
    const holding = counts.filter((each) => each.has(word)).length;
    const idf = holding === 0 ? 0 : Math.log((documents.length + 1) / holding);
    for (const [index, words] of documents.entries()) {
      const count = counts[index]?.get(word) ?? 0;
      const length = K1 * (1 - B + (B * words.length) / averageLength) + count;
      scores[index] = (scores[index] ?? 0) + idf * (DELTA + (count * (K1 + 1)) / length);
    }
  }
  return scores;
}

function wordCounts(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
