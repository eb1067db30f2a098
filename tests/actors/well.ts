import { SimulatedClock } from "xstate";
import { MemoryStore } from "../../src/actors/memory-store.ts";
import type { PoolSettings } from "../../src/actors/pool.ts";
import type { Ids, Launcher } from "../../src/actors/ports.ts";
import type { SessionSocket } from "../../src/actors/session.ts";
import { Sessions } from "../../src/actors/sessions.ts";
import { System } from "../../src/actors/system.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import { decodeMessage, type Encoded } from "../../src/protocol/codec.ts";
import type { Emit } from "../../src/protocol/events.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { inProcessLauncher } from "../../src/workers/in-process.ts";

/** Names in the order in which they are asked for. */
export function countingIds(): Ids {
  let count = 0;
  return {
    instance: () => `n0-${++count}`,
    session: () => `s-${++count}`,
    worker: (env_type) => `w-${env_type}-${++count}`,
  };
}

export interface WellOptions {
  launcher?: Launcher;
  max_workers?: number;
  create_queue_limit?: number;
  emit?: Emit;
  pool?: Partial<PoolSettings>;
  max_memory_bytes?: number;
  /** Whether to wait until the environment is served. */
  settled?: boolean;
}

/** A system with sessions on a simulated clock, hosting guess; no socket, no real time. */
export async function simulatedWell(options: WellOptions = {}) {
  const clock = new SimulatedClock();
  const ids = countingIds();
  const store = new MemoryStore();
  const system = new System({
    version: "0",
    environments: [
      {
        env_type: "guess",
        launcher: options.launcher ?? inProcessLauncher(() => guess),
        min_workers: 1,
        max_workers: options.max_workers ?? 1,
        spare_workers: 0,
        queue_limit: options.create_queue_limit ?? 10,
        recycle_after: null,
        recycle_bytes: null,
        patience: 3,
        relaunch: true,
        idle_ms: 60_000,
        worker_bytes: 100,
        ...options.pool,
      },
    ],
    limits: {
      queue_limit: 16,
      max_group: 64,
      create_timeout_ms: 120_000,
      worker_timeout_ms: 60_000,
      evaluate_timeout_ms: 60_000,
      idle_timeout_ms: 300_000,
      max_idle_timeout_ms: 86_400_000,
      drain_ms: 30_000,
    },
    max_memory_bytes: options.max_memory_bytes ?? null,
    clock,
    deadlines: new Deadlines(clock),
    ids,
    store,
    stopwatch: () => clock.now() / 1000,
    emit: options.emit ?? (() => {}),
  });
  const sessions = new Sessions(system, {
    clock,
    ids,
    limits: { outlive_ms: 300_000, in_flight: 100, cache_count: 100, cache_bytes: 1_000_000 },
  });
  system.start();
  if (options.settled ?? true) await system.settled();
  return { clock, store, system, sessions };
}

/** Lets promises that are settled already run their continuations. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A socket that keeps what it was sent, decoded. */
export class FakeSocket implements SessionSocket {
  readonly encoding;
  readonly messages: unknown[] = [];
  closed: string | null = null;

  constructor(encoding: "json" | "msgpack" = "json") {
    this.encoding = encoding;
  }

  send(message: Encoded): void {
    this.messages.push(decodeMessage(message, WIRE_LIMITS));
  }

  close(_code: number, reason: string): void {
    this.closed = reason;
  }

  /** Every reply so far, batches opened. */
  get replies(): { re: number; ok?: Record<string, unknown>; err?: { code: string } }[] {
    return this.messages.flat() as never;
  }
}
