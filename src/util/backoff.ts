/**
 * Milliseconds to wait before try `attempt` (from 0): doubling from `first` up to `most`, with the upper half drawn at
 * random, so that a thousand clients of a server that restarts do not come back at once.
 */
export function backoff(attempt: number, first: number, most: number, random: () => number): number {
  const full = Math.min(most, first * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}
