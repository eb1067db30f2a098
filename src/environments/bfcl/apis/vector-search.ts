/**
 * The places of the `count` largest scores, best first, equal ones the way faiss has them: the first of them are kept, and
 * the later ones come first.
 */
export function nearest(scores: readonly number[], count: number): number[] {
  const kept: number[] = [];
  const isWorse = (a: number, b: number): boolean => {
    const [x, y] = [scores[a] ?? 0, scores[b] ?? 0];
    return x < y || (x === y && a < b);
  };
  for (const at of scores.keys()) {
    if (kept.length < count) {
      kept.push(at);
      continue;
    }
    const worst = kept.reduce((least, each) => (isWorse(each, least) ? each : least));
    if ((scores[at] ?? 0) > (scores[worst] ?? 0)) kept[kept.indexOf(worst)] = at;
  }
  return kept.sort((a, b) => (isWorse(a, b) ? 1 : -1));
}
