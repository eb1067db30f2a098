import { assign, enqueueActions, setup } from "xstate";
import { addAsk, admit, type Placement, type Ticket, type WorkerRecord, withdrawAsk } from "./admission.ts";
import type { SlotAsk } from "./instance-effects.ts";

/**
 * Decides how many workers an environment has and which instance goes where. One pool an environment.
 *
 * serving -> draining -> stopped
 *   serving:  asks are placed in order, workers are started when the line needs them
 *   draining: nothing new is placed; what lives may end
 *   stopped:  every worker was told to stop
 *
 * Invariants (tests/actors/pool-machine.test.ts checks each on every generated path):
 *  P1 No worker holds more instances than its capacity, and no count is below zero.
 *  P2 Every ask is placed once, or refused once, or withdrawn.
 *  P3 The asks of one group are placed in one go or not at all.
 *  P4 Recovering asks go first; then principals take turns; within one, in order of arrival.
 *  P5 Nobody waits in line while there is room for the ticket whose turn it is.
 *  P6 Workers, launching ones included, never exceed `max_workers`; one is launched only when somebody waits or `min_workers` asks.
 *  P7 The line never holds more than `queue_limit` asks.
 *  P8 After draining began nothing is placed.
 */
export interface PoolInput {
  readonly env_type: string;
  readonly min_workers: number;
  readonly max_workers: number;
  readonly queue_limit: number;
}

export interface PoolContext extends PoolInput {
  readonly queue: readonly Ticket[];
  readonly workers: readonly WorkerRecord[];
  readonly launching: number;
  readonly placements: readonly Placement[];
  readonly last_principal: string | null;
}

export type PoolEvent =
  | { readonly type: "START" }
  | { readonly type: "ASK"; readonly ask: SlotAsk }
  | { readonly type: "WITHDRAW"; readonly instance_id: string }
  | { readonly type: "FREED"; readonly worker_id: string }
  | { readonly type: "WORKER_READY"; readonly worker_id: string; readonly capacity: number }
  | { readonly type: "LAUNCH_FAILED"; readonly message: string }
  | { readonly type: "WORKER_GONE"; readonly worker_id: string }
  | { readonly type: "DRAIN" }
  | { readonly type: "STOP" };

export function waiting(context: PoolContext): number {
  return context.queue.reduce((sum, ticket) => sum + ticket.asks.length, 0);
}

function wanted(context: PoolContext): number {
  const room = context.workers.reduce((sum, worker) => sum + worker.capacity - worker.used, 0);
  const alive = context.workers.length + context.launching;
  const needed = waiting(context) > room && context.launching === 0 ? alive + 1 : alive;
  return Math.min(context.max_workers, Math.max(context.min_workers, needed)) - alive;
}

const machine = setup({
  types: {} as { context: PoolContext; events: PoolEvent; input: PoolInput },
  actions: {
    /* Effects: pool.ts provides them. */
    launch: () => {},
    place: () => {},
    refuseFull: () => {},
    refuseClosed: () => {},
    refuseAll: () => {},
    stopWorkers: () => {},

    line: assign(({ context, event }) => (event.type === "ASK" ? { queue: addAsk(context.queue, event.ask) } : {})),
    withdraw: assign(({ context, event }) =>
      event.type === "WITHDRAW" ? { queue: withdrawAsk(context.queue, event.instance_id) } : {},
    ),
    free: assign(({ context, event }) => {
      if (event.type !== "FREED") return {};
      const workers = context.workers.map((worker) =>
        worker.worker_id === event.worker_id ? { ...worker, used: Math.max(0, worker.used - 1) } : worker,
      );
      return { workers };
    }),
    addWorker: assign(({ context, event }) => {
      if (event.type !== "WORKER_READY") return {};
      const worker: WorkerRecord = { worker_id: event.worker_id, capacity: event.capacity, used: 0 };
      return { workers: [...context.workers, worker], launching: context.launching - 1 };
    }),
    countFailedLaunch: assign(({ context }) => ({ launching: context.launching - 1 })),
    dropWorker: assign(({ context, event }) =>
      event.type === "WORKER_GONE"
        ? { workers: context.workers.filter((worker) => worker.worker_id !== event.worker_id) }
        : {},
    ),
    emptyLine: assign({ queue: [] }),
    settle: enqueueActions(({ context, enqueue }) => {
      const admission = admit(context);
      enqueue.assign(admission);
      if (admission.placements.length > 0) enqueue("place");
      const missing = wanted({ ...context, ...admission });
      for (let index = 0; index < missing; index++) enqueue("launch");
      if (missing > 0) enqueue.assign({ launching: context.launching + missing });
    }),
  },
  guards: {
    isFull: ({ context, event }) =>
      event.type === "ASK" && !event.ask.recovering && waiting(context) >= context.queue_limit,
    hasNoWorker: ({ context }) => context.workers.length === 0 && context.launching <= 1,
  },
});

export const poolMachine = machine.createMachine({
  id: "pool",
  context: ({ input }) => ({
    ...input,
    queue: [],
    workers: [],
    launching: 0,
    placements: [],
    last_principal: null,
  }),
  initial: "serving",
  on: {
    FREED: { actions: "free" },
    WORKER_READY: { actions: "addWorker" },
    LAUNCH_FAILED: { actions: "countFailedLaunch" },
    WORKER_GONE: { actions: "dropWorker" },
    WITHDRAW: { actions: "withdraw" },
    ASK: { actions: "refuseClosed" },
    STOP: { target: ".stopped" },
  },
  states: {
    serving: {
      on: {
        START: { actions: "settle" },
        ASK: [{ guard: "isFull", actions: "refuseFull" }, { actions: ["line", "settle"] }],
        WITHDRAW: { actions: ["withdraw", "settle"] },
        FREED: { actions: ["free", "settle"] },
        WORKER_READY: { actions: ["addWorker", "settle"] },
        LAUNCH_FAILED: [
          {
            // Nobody is left who could serve the line: those who wait hear why instead of waiting for their deadline.
            guard: "hasNoWorker",
            actions: ["countFailedLaunch", "refuseAll", "emptyLine"],
          },
          { actions: ["countFailedLaunch", "settle"] },
        ],
        WORKER_GONE: { actions: ["dropWorker", "settle"] },
        DRAIN: {
          target: "draining",
          actions: ["refuseAll", "emptyLine"],
        },
      },
    },
    draining: {},
    stopped: {
      type: "final",
      entry: ["refuseAll", "emptyLine", "stopWorkers"],
    },
  },
});
