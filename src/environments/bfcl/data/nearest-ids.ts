/** Ids that are suggested. */
const MOST = 3;

/**
 * The known ids that share the longest beginning and end with a wrong one, nearest first; none where less than half of it
 * is shared. One pass over each id: a wrong id is the caller's text, and its length must not cost more than that.
 */
export function nearestIds(wrong: string, known: Iterable<string>): string[] {
  return Array.from(known, (id) => ({ id, shared: shared(wrong, id) }))
    .filter((each) => each.shared > 0 && each.shared * 2 >= wrong.length)
    .sort((a, b) => b.shared - a.shared)
    .slice(0, MOST)
    .map(({ id }) => id);
}

/** Characters of the common beginning and the common end, none counted twice. */
function shared(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (head + tail < shorter && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return head + tail;
}
