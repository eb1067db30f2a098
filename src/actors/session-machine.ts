import { assign, setup } from "xstate";

/**
 * One client, across its reconnects.
 *
 * attached <-> detached -> ended
 *   attached: one live socket; a resume on another one supersedes it
 *   detached: the socket is gone; replies are kept for `outlive_ms`, then the session ends
 *
 * Invariants (tests/actors/session-machine.test.ts):
 *  N1 At most one socket is attached; the one before it was closed with `superseded`.
 *  N2 A session without a socket ends `outlive_ms` after it lost it, and not before.
 *  N3 A resume in time keeps the session; after its end it never comes back.
 *  N4 An event of a socket that is not the attached one changes nothing.
 */
export interface SessionInput {
  readonly outlive_ms: number;
}

export interface SessionContext extends SessionInput {
  /** Number of the attached socket, counted from 1; 0 while there is none. */
  readonly socket: number;
}

export type SessionEvent =
  | { readonly type: "ATTACH"; readonly socket: number }
  | { readonly type: "DETACH"; readonly socket: number }
  | { readonly type: "END" };

const machine = setup({
  types: {} as { context: SessionContext; events: SessionEvent; input: SessionInput },
  delays: { outlive: ({ context }) => context.outlive_ms },
  actions: {
    /* Effects: session.ts provides them. */
    supersede: () => {},
    holdersBack: () => {},
    holdersGone: () => {},
    forget: () => {},
    attach: assign(({ event }) => (event.type === "ATTACH" ? { socket: event.socket } : {})),
    detach: assign({ socket: 0 }),
  },
  guards: {
    isAttached: ({ context, event }) => event.type === "DETACH" && event.socket === context.socket,
  },
});

export const sessionMachine = machine.createMachine({
  id: "session",
  context: ({ input }) => ({ ...input, socket: 0 }),
  initial: "detached",
  on: { END: { target: ".ended" } },
  states: {
    attached: {
      on: {
        ATTACH: { actions: ["supersede", "attach"] },
        DETACH: { guard: "isAttached", target: "detached", actions: ["detach", "holdersGone"] },
      },
    },
    detached: {
      on: { ATTACH: { target: "attached", actions: ["attach", "holdersBack"] } },
      after: { outlive: "ended" },
    },
    ended: { type: "final", entry: "forget" },
  },
});
