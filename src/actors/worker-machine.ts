import { assign, fromPromise, setup } from "xstate";
import type { Launcher, Worker } from "./ports.ts";

/**
 * One worker, from its launch to its end.
 *
 * launching -> ready -> stopping -> gone
 *   launching: STOP waits for the launch, then stops what came of it: nothing that was started is left behind
 *
 * Invariants (tests/actors/worker-machine.test.ts):
 *  W1 `ready` is told once at most, and only before `gone`.
 *  W2 `gone` or `failed` is told exactly once.
 *  W3 A worker that came up is stopped, whichever way its machine ends.
 */
export interface WorkerInput {
  readonly worker_id: string;
  readonly launcher: Launcher;
  readonly ready: (worker: Worker) => void;
  readonly failed: (message: string) => void;
  readonly gone: (reason: string) => void;
}

interface WorkerContext extends WorkerInput {
  readonly worker: Worker | null;
  readonly reason: string;
  readonly stopAsked: boolean;
}

export type WorkerEvent = { readonly type: "STOP" };

export const workerMachine = setup({
  types: {} as { context: WorkerContext; events: WorkerEvent; input: WorkerInput },
  actors: {
    launch: fromPromise<Worker, { launcher: Launcher; worker_id: string }>(({ input }) =>
      input.launcher.launch(input.worker_id),
    ),
    untilGone: fromPromise<string, Worker | null>(({ input }) => input?.gone ?? Promise.resolve("never started")),
    stop: fromPromise<void, Worker | null>(async ({ input }) => input?.stop()),
  },
  actions: {
    tellReady: ({ context }) => {
      if (context.worker) context.ready(context.worker);
    },
    tellFailed: ({ context }) => context.failed(context.reason),
    tellGone: ({ context }) => context.gone(context.reason),
  },
  guards: { isStopAsked: ({ context }) => context.stopAsked },
}).createMachine({
  id: "worker",
  context: ({ input }) => ({ ...input, worker: null, reason: "", stopAsked: false }),
  initial: "launching",
  states: {
    launching: {
      on: { STOP: { actions: assign({ stopAsked: true, reason: "stopped" }) } },
      invoke: {
        src: "launch",
        input: ({ context }) => ({ launcher: context.launcher, worker_id: context.worker_id }),
        onDone: [
          { guard: "isStopAsked", target: "stopping", actions: assign({ worker: ({ event }) => event.output }) },
          { target: "ready", actions: assign({ worker: ({ event }) => event.output }) },
        ],
        onError: {
          target: "failed",
          actions: assign({
            reason: ({ event }) => (event.error instanceof Error ? event.error.message : String(event.error)),
          }),
        },
      },
    },
    ready: {
      entry: "tellReady",
      on: { STOP: { target: "stopping", actions: assign({ reason: "stopped" }) } },
      invoke: {
        src: "untilGone",
        input: ({ context }) => context.worker,
        onDone: { target: "stopping", actions: assign({ reason: ({ event }) => event.output }) },
        onError: { target: "stopping", actions: assign({ reason: "lost" }) },
      },
    },
    stopping: {
      invoke: { src: "stop", input: ({ context }) => context.worker, onDone: "gone", onError: "gone" },
    },
    failed: { type: "final", entry: "tellFailed" },
    gone: { type: "final", entry: "tellGone" },
  },
});
