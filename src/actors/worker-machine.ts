import { assign, fromPromise, setup } from "xstate";
import type { Launcher, Worker } from "./ports.ts";

/**
 * One worker, from its launch to its end.
 *
 * launching -> ready -> stopping -> gone
 *   launching: STOP gives the launch up and stops what came of it all the same: nothing that was started is left behind
 *   stopping:  whatever is left of it is ended, also when it was lost
 *
 * Invariants (tests/actors/worker-machine.test.ts):
 *  W1 `ready` is told once at most, and only before `gone`.
 *  W2 `gone` or `failed` is told exactly once.
 *  W3 A worker that came up is stopped, whichever way its machine ends.
 *  W4 `lost` is told at most once, between `ready` and `gone`, and only when nobody asked for the end: at once, before
 *     what is left of the worker is ended.
 */
export interface WorkerInput {
  readonly worker_id: string;
  readonly launcher: Launcher;
  readonly ready: (worker: Worker) => void;
  readonly failed: (message: string) => void;
  readonly lost: (reason: string) => void;
  readonly gone: (reason: string) => void;
}

interface WorkerContext extends WorkerInput {
  readonly worker: Worker | null;
  readonly reason: string;
  readonly stopAsked: boolean;
  readonly abort: AbortController;
}

export type WorkerEvent = { readonly type: "STOP" };

export const workerMachine = setup({
  types: {} as { context: WorkerContext; events: WorkerEvent; input: WorkerInput },
  actors: {
    launch: fromPromise<Worker, WorkerContext>(({ input }) =>
      input.launcher.launch(input.worker_id, input.abort.signal),
    ),
    untilGone: fromPromise<string, Worker | null>(({ input }) => input?.gone ?? Promise.resolve("never started")),
    stop: fromPromise<void, Worker | null>(async ({ input }) => input?.stop()),
  },
  actions: {
    tellReady: ({ context }) => {
      if (context.worker) context.ready(context.worker);
    },
    giveUp: ({ context }) => context.abort.abort(),
    tellLost: ({ context }) => context.lost(context.reason),
    tellFailed: ({ context }) => context.failed(context.reason),
    tellGone: ({ context }) => context.gone(context.reason),
  },
  guards: { isStopAsked: ({ context }) => context.stopAsked },
}).createMachine({
  id: "worker",
  context: ({ input }) => ({ ...input, worker: null, reason: "", stopAsked: false, abort: new AbortController() }),
  initial: "launching",
  states: {
    launching: {
      on: { STOP: { actions: ["giveUp", assign({ stopAsked: true, reason: "stopped" })] } },
      invoke: {
        src: "launch",
        input: ({ context }) => context,
        onDone: [
          { guard: "isStopAsked", target: "stopping", actions: assign({ worker: ({ event }) => event.output }) },
          { target: "ready", actions: assign({ worker: ({ event }) => event.output }) },
        ],
        onError: [
          { guard: "isStopAsked", target: "gone" },
          {
            target: "failed",
            actions: assign({
              reason: ({ event }) => (event.error instanceof Error ? event.error.message : String(event.error)),
            }),
          },
        ],
      },
    },
    ready: {
      entry: "tellReady",
      on: { STOP: { target: "stopping", actions: assign({ reason: "stopped" }) } },
      invoke: {
        src: "untilGone",
        input: ({ context }) => context.worker,
        onDone: { target: "stopping", actions: [assign({ reason: ({ event }) => event.output }), "tellLost"] },
        onError: { target: "stopping", actions: [assign({ reason: "lost" }), "tellLost"] },
      },
    },
    stopping: {
      invoke: { src: "stop", input: ({ context }) => context.worker, onDone: "gone", onError: "gone" },
    },
    failed: { type: "final", entry: "tellFailed" },
    gone: { type: "final", entry: "tellGone" },
  },
});
