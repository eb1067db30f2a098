/** Hits of a search whose threshold the seeds can tell from its beginning: as many as the original ever asks for. */
export const SEED_RANK = 50;

/**
 * The SEED_RANK-th largest impact of a term. So many documents score at least what it gives, whatever else they have, so a
 * search for as many may leave out what scores less before it has found any.
 */
export function seedImpact(impacts: Float32Array): number {
  const kept: number[] = [];
  for (let each = 0; each < impacts.length; each++) {
    const impact = impacts[each] ?? 0;
    if (kept.length === SEED_RANK) {
      if (impact <= (kept[0] ?? 0)) continue;
      kept.shift();
    }
    // Ascending; an insertion is rare, since few impacts are larger than all but some before them.
    let at = kept.length;
    while (at > 0 && (kept[at - 1] ?? 0) > impact) at--;
    kept.splice(at, 0, impact);
  }
  return kept[0] ?? 0;
}
