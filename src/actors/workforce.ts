import { room, type Ticket, type WorkerRecord } from "./admission.ts";
import type { PoolContext } from "./pool-context.ts";

/** What a pool is to do about its workers. */
export interface Workforce {
  readonly workers: readonly WorkerRecord[];
  /** Workers to start. */
  readonly launch: number;
  /** Workers to stop now: none of them holds an instance. */
  readonly ended: readonly string[];
}

/**
 * How many workers there should be and which of them should go: as many as those who wait need, with a spare where one
 * is wanted, within the limits and the memory; old and large ones are replaced. `idle` names a worker that has held
 * nothing for the idle time.
 */
export function planWorkforce(context: PoolContext, idle: string | null): Workforce {
  const retired = retire(context);
  const target = wanted({ ...context, workers: retired });
  const leaving = leavers({ ...context, workers: retired }, target, idle);
  const workers = retired.filter(({ worker_id }) => !leaving.includes(worker_id));
  return {
    workers,
    launch: launchable({ ...context, workers, stopping: context.stopping + leaving.length }, target),
    ended: leaving,
  };
}

/** Workers that the pool launched and that take instances. */
export function takers(context: Pick<PoolContext, "workers">): WorkerRecord[] {
  return context.workers.filter(({ retiring, suspect, arrived }) => !retiring && !suspect && !arrived);
}

/** Marks those that have served or grown enough, while no more than `max_workers` are on their way out. */
function retire(context: PoolContext): readonly WorkerRecord[] {
  const { recycle_after, recycle_bytes, max_workers } = context;
  let leaving = context.workers.filter(({ retiring }) => retiring).length + context.stopping;
  return context.workers.map((worker) => {
    const isOld = recycle_after !== null && worker.served >= recycle_after;
    const isLarge = recycle_bytes !== null && worker.rss_bytes >= recycle_bytes;
    if (worker.arrived || worker.retiring || worker.suspect || !(isOld || isLarge) || leaving >= max_workers)
      return worker;
    leaving++;
    return { ...worker, retiring: true };
  });
}

/** Workers that should be there, launching ones included. */
function wanted(context: PoolContext): number {
  const { workers, min_workers, max_workers, spare_workers, worker_capacity } = context;
  const busy = takers(context).filter(({ used }) => used > 0);
  const roomNow = [...busy, ...workers.filter(({ arrived }) => arrived)].reduce((sum, worker) => sum + room(worker), 0);
  const more = Math.ceil(Math.max(0, waiting(context) - roomNow) / worker_capacity);
  return Math.min(max_workers, Math.max(min_workers, busy.length + more + spare_workers));
}

function leavers(context: PoolContext, target: number, idle: string | null): string[] {
  const done = context.workers.filter(({ retiring, used }) => retiring && used === 0);
  const free = takers(context).filter(({ used }) => used === 0);
  let surplus = takers(context).length + context.launching - target;
  let excess = Math.max(0, -context.allowance - done.length);
  const chosen = free.filter(({ worker_id }) => {
    if (!(excess > 0 || (worker_id === idle && surplus > 0))) return false;
    excess--;
    surplus--;
    return true;
  });
  return [...done, ...chosen].map(({ worker_id }) => worker_id);
}

function launchable(context: PoolContext, target: number): number {
  if (context.backing_off) return 0;
  const { workers, launching, stopping, max_workers, allowance } = context;
  const missing = target - takers(context).length - launching;
  // Those on their way out still take memory: never more than twice the workers at a time.
  const present = workers.filter(({ arrived }) => !arrived).length + launching + stopping;
  return Math.max(0, Math.min(missing, allowance, 2 * max_workers - present));
}

/** Tickets that this pool could never place, however long they wait. Nothing is known of that before there is a worker. */
export function oversized(context: PoolContext): readonly Ticket[] {
  const { workers, max_workers, worker_capacity, queue } = context;
  if (workers.length === 0) return [];
  const arrived = workers.filter((worker) => worker.arrived).reduce((sum, { capacity }) => sum + capacity, 0);
  const most = max_workers * worker_capacity + arrived;
  return queue.filter(({ size }) => size > most);
}

/** Asks in line. */
export function waiting(context: Pick<PoolContext, "queue">): number {
  return context.queue.reduce((sum, ticket) => sum + ticket.asks.length, 0);
}
