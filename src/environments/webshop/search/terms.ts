/** The terms of an index, sorted: one run of bytes and where each term starts in it, one more at the end. */
export interface TermArrays {
  readonly termBytes: Uint8Array;
  readonly termStarts: Uint32Array;
}

const encoder = new TextEncoder();

export function packTerms(sorted: readonly Uint8Array[]): TermArrays {
  const termStarts = new Uint32Array(sorted.length + 1);
  for (const [at, term] of sorted.entries()) termStarts[at + 1] = (termStarts[at] ?? 0) + term.length;
  const termBytes = new Uint8Array(termStarts[sorted.length] ?? 0);
  for (const [at, term] of sorted.entries()) termBytes.set(term, termStarts[at]);
  return { termBytes, termStarts };
}

/** The number of a term, or -1. A query has few terms, so a search by halves costs nothing, and no map of millions is held. */
export function findTerm({ termBytes, termStarts }: TermArrays, term: string): number {
  const wanted = encoder.encode(term);
  let [low, high] = [0, termStarts.length - 2];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = Buffer.compare(termBytes.subarray(termStarts[middle], termStarts[middle + 1]), wanted);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
