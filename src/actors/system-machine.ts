import { assign, setup } from "xstate";

/**
 * The whole server.
 *
 * starting -> ready -> draining -> stopping -> stopped
 *   starting: environments load; those that are there are served already
 *   draining: no new instance; what lives may end, until `drain_ms` are over
 *   stopping: what still lives is released (reason `shutdown`) and workers are told to stop
 *
 * Invariants (tests/actors/system-machine.test.ts):
 *  S1 `ready` is reached when every environment is either served or known to be unavailable, and not before.
 *  S2 After a DRAIN no create is accepted.
 *  S3 `stopped` is reached exactly once after a DRAIN or STOP, whatever the instances do.
 */
export interface SystemInput {
  readonly environments: readonly string[];
  readonly drain_ms: number;
}

export interface SystemContext extends SystemInput {
  /** Environments that are not settled yet. */
  readonly loading: readonly string[];
  /** Environments that cannot be served, and why. */
  readonly unavailable: Readonly<Record<string, string>>;
}

export type SystemEvent =
  | { readonly type: "SERVED"; readonly env_type: string }
  | { readonly type: "UNAVAILABLE"; readonly env_type: string; readonly reason: string }
  | { readonly type: "DRAIN" }
  | { readonly type: "EMPTY" }
  | { readonly type: "STOP" }
  | { readonly type: "STOPPED" };

const machine = setup({
  types: {} as { context: SystemContext; events: SystemEvent; input: SystemInput },
  delays: { drain: ({ context }) => context.drain_ms },
  actions: {
    /* Effects: system.ts provides them. */
    drainPools: () => {},
    stopAll: () => {},
    settle: assign(({ context, event }) => {
      if (event.type !== "SERVED" && event.type !== "UNAVAILABLE") return {};
      const { [event.env_type]: _, ...others } = context.unavailable;
      return {
        loading: context.loading.filter((env_type) => env_type !== event.env_type),
        unavailable: event.type === "SERVED" ? others : { ...others, [event.env_type]: event.reason },
      };
    }),
  },
  guards: { isLoaded: ({ context }) => context.loading.length === 0 },
});

export const systemMachine = machine.createMachine({
  id: "system",
  context: ({ input }) => ({ ...input, loading: input.environments, unavailable: {} }),
  initial: "starting",
  on: {
    SERVED: { actions: "settle" },
    UNAVAILABLE: { actions: "settle" },
    STOP: { target: ".stopping" },
  },
  states: {
    starting: { always: { guard: "isLoaded", target: "ready" }, on: { DRAIN: "draining" } },
    ready: { on: { DRAIN: "draining" } },
    draining: {
      entry: "drainPools",
      on: { EMPTY: "stopping" },
      after: { drain: "stopping" },
    },
    stopping: { entry: "stopAll", on: { STOPPED: "stopped", STOP: {} } },
    stopped: { type: "final" },
  },
});
