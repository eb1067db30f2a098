import type { Placement, Ticket, Turns, WorkerRecord } from "./admission.ts";

/** What a pool is told at the start. */
export interface PoolInput {
  readonly env_type: string;
  readonly min_workers: number;
  readonly max_workers: number;
  /** Free workers to hold ready beside those that are needed. */
  readonly spare_workers: number;
  readonly queue_limit: number;
  /** A worker is replaced after so many instances; null for never. */
  readonly recycle_after: number | null;
  /** A worker is replaced once it has grown to so many bytes; null for never. */
  readonly recycle_bytes: number | null;
  /** Failures in a row after which those who wait are refused. */
  readonly patience: number;
  /** Whether a launch that failed is tried again by itself. */
  readonly relaunch: boolean;
}

/** What the machine of a pool holds. */
export interface PoolContext extends PoolInput {
  readonly queue: readonly Ticket[];
  readonly workers: readonly WorkerRecord[];
  readonly launching: number;
  /** Workers that were lost or told to stop and are not gone yet. */
  readonly stopping: number;
  /** Instances of one worker: as the last one said, 1 before there was any. */
  readonly worker_capacity: number;
  /** Workers that the memory has room for; below zero it is over its limit. */
  readonly allowance: number;
  /** Launches that failed, and workers that were lost soon after they came up, in a row. */
  readonly failures: number;
  readonly backing_off: boolean;
  readonly turns: Turns;
  /* What the last event led to, for the effects. */
  readonly placements: readonly Placement[];
  readonly ended: readonly string[];
  readonly refused: readonly Ticket[];
}
