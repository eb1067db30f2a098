import type { ContainerStats } from "dockerode";

/** What a container uses, all of its processes together. */
export interface Usage {
  /** Bytes of memory that cannot be given back: without the page cache that nobody used lately. */
  readonly memory_bytes: number;
  /** Seconds of processor time since it started. */
  readonly cpu_s: number;
  readonly processes: number;
}

export function usageOf(stats: ContainerStats): Usage {
  const memory = stats.memory_stats as { usage?: number; stats?: Record<string, number> };
  // The two versions of control groups name the idle page cache differently.
  const idle = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return {
    memory_bytes: Math.max(0, (memory.usage ?? 0) - idle),
    cpu_s: (stats.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e9,
    processes: stats.pids_stats?.current ?? 0,
  };
}

export function addUsage(a: Usage = { memory_bytes: 0, cpu_s: 0, processes: 0 }, b: Usage): Usage {
  return {
    memory_bytes: a.memory_bytes + b.memory_bytes,
    cpu_s: a.cpu_s + b.cpu_s,
    processes: a.processes + b.processes,
  };
}
