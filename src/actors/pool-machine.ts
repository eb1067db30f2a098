import { assign, enqueueActions, setup } from "xstate";
import { addAsk, admit, type WorkerRecord, withdrawAsk } from "./admission.ts";
import type { SlotAsk } from "./instance-effects.ts";
import type { PoolContext, PoolInput } from "./pool-context.ts";
import { oversized, planWorkforce, takers, waiting } from "./workforce.ts";

/**
 * Decides how many workers an environment has and which instance goes where. One pool an environment.
 *
 * serving -> draining -> stopped
 *   serving:  asks are placed in order, workers are started when the line needs them and stopped when they lie idle
 *   draining: nothing new is placed; what lives may end
 *   stopped:  every worker was told to stop
 *
 * Invariants (tests/actors/pool-machine.test.ts checks each on every generated path):
 *  P1 No worker holds more instances than its capacity, and no count is below zero.
 *  P2 Every ask is placed once, or refused once, or withdrawn.
 *  P3 The asks of one group are placed in one go or not at all.
 *  P4 Recovering asks go first; then principals take turns, and the sessions of one; within a session, in order of arrival.
 *  P5 Nobody waits in line while there is room for the ticket whose turn it is, unless memory is over its limit.
 *  P6 Workers that take instances, launching ones included, never exceed `max_workers`, and all that are there never
 *     twice as many; one is launched only when somebody waits, or `min_workers` or `spare_workers` ask for it.
 *  P7 The line never holds more than `queue_limit` asks.
 *  P8 After draining began nothing is placed or launched.
 *  P9 While launches are backed off none is tried.
 *  P10 A worker is stopped only while it holds nothing, and one that retires is given nothing.
 *  P11 Never more launches than the memory allows, and nothing is placed while memory is over its limit.
 *  P12 A pool that gave up has nobody in line: who waits hears why.
 *  P13 A worker that was lost or stopped is given nothing, from that very moment; one that let a deadline pass nothing
 *     until it gives a sign of life.
 */
export type PoolEvent =
  | { readonly type: "START" }
  | { readonly type: "ASK"; readonly ask: SlotAsk }
  | { readonly type: "WITHDRAW"; readonly instance_id: string }
  | { readonly type: "FREED"; readonly worker_id: string }
  | { readonly type: "WORKER_READY"; readonly worker_id: string; readonly capacity: number; readonly arrived: boolean }
  | { readonly type: "LAUNCH_FAILED"; readonly message: string }
  /** A worker was lost by no wish of ours; `early` is soon after it came up, before it held anything. WORKER_GONE follows when all of it is gone. */
  | { readonly type: "WORKER_LOST"; readonly worker_id: string; readonly early: boolean; readonly message: string }
  | { readonly type: "WORKER_GONE"; readonly worker_id: string }
  | { readonly type: "HEALTH"; readonly worker_id: string; readonly rss_bytes: number }
  /** A worker let a deadline pass. */
  | { readonly type: "SUSPECT"; readonly worker_id: string }
  /** A worker has held nothing for the idle time. */
  | { readonly type: "IDLE"; readonly worker_id: string }
  /** The pause after a failure is over. */
  | { readonly type: "RETRY" }
  /** A worker has been up long enough for the failures before it to be forgotten. */
  | { readonly type: "STEADY" }
  | { readonly type: "BUDGET"; readonly allowance: number }
  | { readonly type: "DRAIN" }
  | { readonly type: "STOP" };

/** Whether a pool has nothing to serve with and said so: it tries again after a pause. */
export function gaveUp({ workers, launching, failures, patience }: PoolContext): boolean {
  return workers.length === 0 && launching === 0 && failures >= patience;
}

/** One failure may be chance and is made good at once; more in a row are a crash loop. */
function isRow(failures: number): boolean {
  return failures > 1;
}

const machine = setup({
  types: {} as { context: PoolContext; events: PoolEvent; input: PoolInput },
  actions: {
    /* Effects: pool.ts provides them. */
    launch: () => {},
    place: () => {},
    refuse: () => {},
    refuseFull: () => {},
    refuseClosed: () => {},
    refuseBroken: () => {},
    refuseAll: () => {},
    endWorkers: () => {},
    pause: () => {},
    watch: () => {},
    giveUp: () => {},
    stopWorkers: () => {},

    line: assign(({ context, event }) => (event.type === "ASK" ? { queue: addAsk(context.queue, event.ask) } : {})),
    withdraw: assign(({ context, event }) =>
      event.type === "WITHDRAW" ? { queue: withdrawAsk(context.queue, event.instance_id) } : {},
    ),
    free: assign(({ context, event }) => {
      if (event.type !== "FREED") return {};
      return change(context, event.worker_id, ({ used }) => ({ used: Math.max(0, used - 1) }));
    }),
    measure: assign(({ context, event }) => {
      if (event.type !== "HEALTH") return {};
      // One that is trusted again may have been replaced meanwhile.
      const isReplaced = takers(context).length + context.launching >= context.max_workers;
      return change(context, event.worker_id, ({ retiring, suspect, arrived }) => ({
        rss_bytes: event.rss_bytes,
        suspect: false,
        retiring: retiring || (suspect && !arrived && isReplaced),
      }));
    }),
    suspect: assign(({ context, event }) =>
      event.type === "SUSPECT" ? change(context, event.worker_id, () => ({ suspect: true })) : {},
    ),
    addWorker: assign(({ context, event }) => {
      if (event.type !== "WORKER_READY") return {};
      const { worker_id, capacity, arrived } = event;
      const worker = {
        worker_id,
        capacity,
        arrived,
        used: 0,
        served: 0,
        rss_bytes: 0,
        retiring: false,
        suspect: false,
      };
      const workers = [...context.workers, worker];
      return arrived ? { workers } : { workers, worker_capacity: capacity, launching: context.launching - 1 };
    }),
    countFailedLaunch: assign(({ context }) => ({
      launching: context.launching - 1,
      failures: context.failures + 1,
      backing_off: context.relaunch && isRow(context.failures + 1),
    })),
    loseWorker: assign(({ context, event }) => {
      if (event.type !== "WORKER_LOST") return {};
      const workers = context.workers.filter(({ worker_id }) => worker_id !== event.worker_id);
      if (workers.length === context.workers.length) return {};
      const stopping = context.stopping + 1;
      return event.early
        ? { workers, stopping, failures: context.failures + 1, backing_off: isRow(context.failures + 1) }
        : { workers, stopping, failures: 0 };
    }),
    countGone: assign(({ context }) => ({ stopping: Math.max(0, context.stopping - 1) })),
    endPause: assign({ backing_off: false }),
    forgetFailures: assign({ failures: 0 }),
    setAllowance: assign(({ event }) => (event.type === "BUDGET" ? { allowance: event.allowance } : {})),
    emptyLine: assign({ queue: [] }),
    face: enqueueActions(({ context, enqueue }) => {
      if (gaveUp(context)) for (const action of ["refuseAll", "emptyLine", "giveUp"] as const) enqueue(action);
      if (context.backing_off) enqueue("pause");
      // A pool that does not try again by itself waits for the next one who asks.
      if (context.relaunch) enqueue("settle");
    }),
    settle: enqueueActions(({ context, event, enqueue }) => {
      const refused = oversized(context);
      const queue = refused.length === 0 ? context.queue : context.queue.filter((one) => !refused.includes(one));
      const line = { ...context, queue };
      const admission = context.allowance < 0 ? { ...line, placements: [] } : admit(line);
      const { workers, placements, turns } = admission;
      const idle = event.type === "IDLE" ? event.worker_id : null;
      const force = planWorkforce({ ...context, queue: admission.queue, workers }, idle);
      enqueue.assign({
        ...{ refused, queue: admission.queue, placements, turns },
        ...{ workers: force.workers, ended: force.ended, launching: context.launching + force.launch },
        stopping: context.stopping + force.ended.length,
        // A worker that could be stopped had come up well.
        failures: force.ended.length > 0 ? 0 : context.failures,
      });
      if (refused.length > 0) enqueue("refuse");
      if (placements.length > 0) enqueue("place");
      if (force.ended.length > 0) enqueue("endWorkers");
      for (let index = 0; index < force.launch; index++) enqueue("launch");
      enqueue("watch");
    }),
  },
  guards: {
    isFull: ({ context, event }) =>
      event.type === "ASK" && !event.ask.recovering && waiting(context) >= context.queue_limit,
    isBroken: ({ context }) => context.relaunch && gaveUp(context),
  },
});

function change(
  { workers }: PoolContext,
  worker_id: string,
  to: (worker: WorkerRecord) => Partial<WorkerRecord>,
): Pick<PoolContext, "workers"> {
  return { workers: workers.map((worker) => (worker.worker_id === worker_id ? { ...worker, ...to(worker) } : worker)) };
}

export const poolMachine = machine.createMachine({
  id: "pool",
  context: ({ input }) => ({
    ...input,
    queue: [],
    workers: [],
    launching: 0,
    stopping: 0,
    worker_capacity: 1,
    allowance: Number.POSITIVE_INFINITY,
    failures: 0,
    backing_off: false,
    turns: { principal: null, sessions: {} },
    placements: [],
    ended: [],
    refused: [],
  }),
  initial: "serving",
  on: {
    FREED: { actions: "free" },
    HEALTH: { actions: "measure" },
    WORKER_READY: { actions: "addWorker" },
    LAUNCH_FAILED: { actions: "countFailedLaunch" },
    WORKER_LOST: { actions: "loseWorker" },
    WORKER_GONE: { actions: "countGone" },
    BUDGET: { actions: "setAllowance" },
    RETRY: { actions: "endPause" },
    STEADY: { actions: "forgetFailures" },
    WITHDRAW: { actions: "withdraw" },
    ASK: { actions: "refuseClosed" },
    STOP: { target: ".stopped" },
  },
  states: {
    serving: {
      on: {
        START: { actions: "settle" },
        ASK: [
          { guard: "isFull", actions: "refuseFull" },
          { guard: "isBroken", actions: "refuseBroken" },
          { actions: ["line", "settle"] },
        ],
        WITHDRAW: { actions: ["withdraw", "settle"] },
        FREED: { actions: ["free", "settle"] },
        HEALTH: { actions: ["measure", "settle"] },
        SUSPECT: { actions: ["suspect", "settle"] },
        IDLE: { actions: "settle" },
        WORKER_READY: { actions: ["addWorker", "settle"] },
        LAUNCH_FAILED: { actions: ["countFailedLaunch", "face"] },
        WORKER_LOST: { actions: ["loseWorker", "face"] },
        WORKER_GONE: { actions: ["countGone", "settle"] },
        BUDGET: { actions: ["setAllowance", "settle"] },
        RETRY: { actions: ["endPause", "settle"] },
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
