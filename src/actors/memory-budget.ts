import type { Pool } from "./pool.ts";

/**
 * Shares the memory of all workers together: each pool hears how many workers more there is room for, or how many too
 * many there are. Null is no limit.
 */
export function shareMemory(max_bytes: number | null, pools: readonly Pool[]): void {
  if (max_bytes === null) return;
  for (const pool of pools) {
    // Counted anew for each: what the one before launched with its share is taken.
    const free = max_bytes - pools.reduce((sum, { memory }) => sum + memory.bytes, 0);
    pool.allow(Math.floor(free / pool.memory.worker_bytes));
  }
}
