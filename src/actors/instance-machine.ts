import { assign, setup } from "xstate";
import type { EpisodeStart } from "../protocol/episode.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { Failure } from "../protocol/messages.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { type InstanceContext, type InstanceSpec, recorded } from "./instance-context.ts";
import type { InstanceRequest, ReleaseReason, Run } from "./instance-requests.ts";
import type { Outcome, WorkerLink } from "./ports.ts";

/**
 * One live episode of a task.
 *
 * creating { queued -> building } -> resting <-> running -> released
 *   resting: created, waiting or terminated, as its steps and its end say (`restOf` of instance-context.ts); requests are the same to all three,
 *     so an engine that answers at once moves nothing, and its run is recorded without a transition (instance.ts)
 *   running: one request is with the worker
 *   recovering { queued -> rebuilding }: the worker was lost or overdue; the episode log is replayed on another one
 *   after an `action_crash` the score of that moment is kept, since its log is never replayed
 *   any state: RELEASE, IDLE, LIFETIME -> released
 *
 * Invariants (tests/actors/instance-machine.test.ts checks each on every generated path, recovery.test.ts I10 and I11):
 *  I1 Every request gets exactly one answer, also when the instance is released under it.
 *  I2 At most one request is with the worker; the others wait in arrival order, `finish` before them.
 *  I3 A step runs at most once for each request, and never after the episode ended.
 *  I4 Only a step or a finish changes steps, hash, log or end reason.
 *  I5 The log entry is appended before the answer leaves.
 *  I6 Our own failure has reward null and a failure, never a number.
 *  I7 An event of an earlier epoch changes nothing.
 *  I8 After released no deadline is armed, the queue is empty and the worker slot was given back exactly once.
 *  I9 The queue never holds more than `queue_limit` requests.
 *  I10 No request makes an instance be rebuilt more than REBUILD_TRIES times, whatever its action does to workers.
 *  I11 An episode that ended in an `action_crash`, and one whose environment has `replay: none`, is never rebuilt.
 */
export type InstanceEvent =
  | { readonly type: "PLACED"; readonly link: WorkerLink }
  | { readonly type: "REFUSED"; readonly error: ProtocolError }
  | { readonly type: "BUILT"; readonly epoch: number; readonly outcome: Outcome<EpisodeStart> }
  /** `running`: the worker was asked already, since the instance was at rest (instance.ts); its answer is to come. */
  | { readonly type: "REQUEST"; readonly request: InstanceRequest; readonly running?: Running }
  | { readonly type: "NEXT" }
  | { readonly type: "DONE"; readonly epoch: number; readonly run: Run }
  | { readonly type: "REBUILT"; readonly epoch: number; readonly outcome: Outcome<null> }
  | { readonly type: "DEADLINE"; readonly epoch: number }
  | { readonly type: "WORKER_LOST"; readonly worker_id: string }
  | { readonly type: "RELEASE"; readonly reason: ReleaseReason };

/** A request that is with the worker since `begun`, float seconds of the stopwatch. */
export interface Running {
  readonly begun: number;
  readonly run: MaybePromise<Run>;
}

/** How often an instance is rebuilt for one request before its episode ends with a failure. */
export const REBUILD_TRIES = 3;

function lostWorker(context: InstanceContext, event: InstanceEvent): boolean {
  return event.type === "WORKER_LOST" && context.link?.worker_id === event.worker_id;
}

const machine = setup({
  types: {} as { context: InstanceContext; events: InstanceEvent; input: InstanceSpec },
  actions: {
    /* Effects: instance-actor.ts provides them. Each gets context and event as they were before the assigns below it. */
    askForSlot: () => {},
    build: () => {},
    dispatch: () => {},
    rebuild: () => {},
    announceCreated: () => {},
    announceRefused: () => {},
    answer: () => {},
    answerFailure: () => {},
    refuseFull: () => {},
    proceed: () => {},
    disarm: () => {},
    letGo: () => {},
    leave: () => {},

    attach: assign(({ context, event }) =>
      event.type === "PLACED" ? { link: event.link, epoch: context.epoch + 1 } : {},
    ),
    detach: assign(({ context }) => ({ link: null, epoch: context.epoch + 1 })),
    setStart: assign(({ event }) =>
      event.type === "BUILT" && event.outcome.kind === "ok" ? { start: event.outcome.value } : {},
    ),
    take: assign(({ context, event }) => {
      if (event.type === "REQUEST") return { current: event.request, epoch: context.epoch + 1, tries: 0 };
      const [next = null, ...queue] = context.queue;
      return { current: next, queue, epoch: context.epoch + 1, tries: 0 };
    }),
    enqueue: assign(({ context, event }) => {
      if (event.type !== "REQUEST") return {};
      const { request } = event;
      return { queue: request.op === "finish" ? [request, ...context.queue] : [...context.queue, request] };
    }),
    record: assign(({ context, event }) => (event.type === "DONE" ? recorded(context, event.run) : {})),
    fail: assign(({ context, event }) => ({
      current: null,
      link: null,
      epoch: context.epoch + 1,
      end_reason: "failure" as const,
      failure: failureOf(event),
    })),
    drop: assign(({ context }) => ({ current: null, link: null, epoch: context.epoch + 1 })),
    countTry: assign(({ context }) => ({ tries: context.tries + 1 })),
    forget: assign(({ context, event }) => ({
      link: null,
      current: null,
      queue: [],
      epoch: context.epoch + 1,
      released: event.type === "RELEASE" ? event.reason : ("failed" as const),
    })),
  },
  guards: {
    isStale: ({ context, event }) => "epoch" in event && event.epoch !== context.epoch,
    isBuilt: ({ event }) => event.type === "BUILT" && event.outcome.kind === "ok",
    isRebuilt: ({ event }) => event.type === "REBUILT" && event.outcome.kind === "ok",
    canTryAgain: ({ context, event }) =>
      context.tries < REBUILD_TRIES &&
      !(event.type === "REBUILT" && event.outcome.kind === "failure" && event.outcome.failure.kind === "diverged"),
    isOurWorker: ({ context, event }) => lostWorker(context, event),
    isLoss: ({ event }) => isLoss(event),
    isRecoverableLoss: ({ context, event }) => isLoss(event) && canRecover(context) && context.tries < REBUILD_TRIES,
    canRebuild: ({ context }) => canRecover(context) && context.tries < REBUILD_TRIES,
    isLostForGood: ({ context, event }) =>
      lostWorker(context, event) && context.spec.replay === "none" && context.failure === null && !isCrashed(context),
    isCrashed: ({ context }) => isCrashed(context),
    isCrashedLoss: ({ context, event }) => isCrashed(context) && isLoss(event),
    isDetached: ({ context }) => context.link === null && context.failure === null && canRecover(context),
    isFull: ({ context }) => context.queue.length >= context.spec.queue_limit,
    isQueued: ({ context }) => context.queue.length > 0,
    isIdleQueue: ({ context }) => context.queue.length === 0,
  },
});

function isCrashed({ end_reason }: InstanceContext): boolean {
  return end_reason === "action_crash";
}

/** Whether the log may be replayed: never into what an action did to a process. */
function canRecover(context: InstanceContext): boolean {
  return context.spec.replay !== "none" && !isCrashed(context);
}

/** A worker that was lost under a request, or did not answer it in time. */
function isLoss(event: InstanceEvent): boolean {
  if (event.type !== "DONE" || event.run.kind !== "failed") return false;
  return event.run.failure.kind === "worker_lost" || event.run.failure.kind === "worker_timeout";
}

/** Why an episode is over whose worker could not be had back. */
export function failureOf(event: InstanceEvent): Failure {
  if (event.type === "REBUILT" && event.outcome.kind === "failure") return event.outcome.failure;
  if (event.type === "DONE" && event.run.kind === "failed") return event.run.failure;
  if (event.type === "DEADLINE") return { kind: "worker_timeout", message: "the worker did not answer in time" };
  if (event.type === "REFUSED") return { kind: "worker_lost", message: event.error.message };
  return { kind: "worker_lost", message: "the worker was lost and the episode could not be rebuilt" };
}

/** What an instance at rest does with a request. */
const takesRequests = {
  REQUEST: [
    // The queue holds requests here only between an answer and its NEXT: a newcomer must not overtake them.
    { guard: "isFull", actions: "refuseFull" },
    { guard: "isQueued", actions: "enqueue" },
    { guard: "isDetached", target: "#instance.recovering", actions: "take" },
    { target: "#instance.running", actions: ["take", "dispatch"] },
  ],
  NEXT: [
    { guard: "isIdleQueue" },
    { guard: "isDetached", target: "#instance.recovering", actions: "take" },
    { target: "#instance.running", actions: ["take", "dispatch"] },
  ],
  WORKER_LOST: [
    { guard: "isLostForGood", target: "#instance.resting", actions: ["letGo", "fail"] },
    { guard: "isOurWorker", actions: ["letGo", "detach"] },
  ],
} as const;

/** A request whose worker is lost, and that is not to be run again: the episode is over, unless it was before. */
const givesUp = [
  { guard: "isCrashed", target: "#instance.resting", actions: ["answerFailure", "letGo", "drop", "proceed"] },
  { target: "#instance.resting", actions: ["answerFailure", "letGo", "fail", "proceed"] },
] as const;

/** What every state does while a request is under way. */
const queuesRequests = {
  REQUEST: [{ guard: "isFull", actions: "refuseFull" }, { actions: "enqueue" }],
} as const;

export const instanceMachine = machine.createMachine({
  id: "instance",
  context: ({ input }) => ({
    spec: input,
    epoch: 0,
    link: null,
    start: null,
    steps: 0,
    reward_sum: 0,
    hash: "",
    end_reason: null,
    failure: null,
    crash_score: null,
    current: null,
    queue: [],
    tries: 0,
    released: null,
  }),
  initial: "creating",
  on: {
    // Last of all handlers, so that it holds in every state: an instance can always be let go.
    RELEASE: { target: "#instance.released", actions: ["leave", "forget"] },
  },
  states: {
    creating: {
      initial: "queued",
      on: {
        ...queuesRequests,
        DEADLINE: [{ guard: "isStale" }, { target: "released", actions: ["announceRefused", "leave", "forget"] }],
      },
      states: {
        queued: {
          entry: "askForSlot",
          on: {
            PLACED: { target: "building", actions: ["attach", "build"] },
            REFUSED: { target: "#instance.released", actions: ["announceRefused", "leave", "forget"] },
          },
        },
        building: {
          on: {
            BUILT: [
              { guard: "isStale" },
              {
                guard: "isBuilt",
                target: "#instance.resting",
                actions: ["disarm", "announceCreated", "setStart", "proceed"],
              },
              { target: "#instance.released", actions: ["announceRefused", "leave", "forget"] },
            ],
            WORKER_LOST: {
              guard: "isOurWorker",
              target: "#instance.released",
              actions: ["announceRefused", "leave", "forget"],
            },
          },
        },
      },
    },
    resting: { on: takesRequests },
    running: {
      on: {
        ...queuesRequests,
        DONE: [
          { guard: "isStale" },
          { guard: "isRecoverableLoss", target: "recovering", actions: ["letGo", "detach"] },
          { guard: "isCrashedLoss", target: "resting", actions: ["answerFailure", "letGo", "drop", "proceed"] },
          { guard: "isLoss", target: "resting", actions: ["answerFailure", "letGo", "fail", "proceed"] },
          { target: "resting", actions: ["disarm", "answer", "record", "proceed"] },
        ],
        DEADLINE: [
          { guard: "isStale" },
          { guard: "canRebuild", target: "recovering", actions: ["letGo", "detach"] },
          ...givesUp,
        ],
        WORKER_LOST: [
          { guard: ({ context, event }) => !lostWorker(context, event) },
          { guard: "canRebuild", target: "recovering", actions: ["letGo", "detach"] },
          ...givesUp,
        ],
      },
    },
    recovering: {
      initial: "queued",
      on: {
        ...queuesRequests,
        DEADLINE: [{ guard: "isStale" }, { target: "resting", actions: ["answerFailure", "letGo", "fail", "proceed"] }],
      },
      states: {
        queued: {
          entry: ["countTry", "askForSlot"],
          on: {
            PLACED: { target: "rebuilding", actions: ["attach", "rebuild"] },
            REFUSED: { target: "#instance.resting", actions: ["disarm", "answerFailure", "fail", "proceed"] },
          },
        },
        rebuilding: {
          on: {
            REBUILT: [
              { guard: "isStale" },
              { guard: "isRebuilt", target: "#instance.running", actions: ["disarm", "dispatch"] },
              { guard: "canTryAgain", target: "queued", actions: ["letGo", "detach"] },
              { target: "#instance.resting", actions: ["disarm", "answerFailure", "letGo", "fail", "proceed"] },
            ],
            WORKER_LOST: [
              { guard: ({ context, event }) => !lostWorker(context, event) },
              { guard: "canTryAgain", target: "queued", actions: ["letGo", "detach"] },
              { target: "#instance.resting", actions: ["disarm", "answerFailure", "letGo", "fail", "proceed"] },
            ],
          },
        },
      },
    },
    released: { type: "final" },
  },
});
