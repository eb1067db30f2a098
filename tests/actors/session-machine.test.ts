import { expect, test } from "bun:test";
import fc from "fast-check";
import { createActor, SimulatedClock } from "xstate";
import { sessionMachine } from "../../src/actors/session-machine.ts";

const OUTLIVE = 300_000;

type Move =
  | { readonly kind: "attach" }
  | { readonly kind: "detach"; readonly back: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "end" };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Move>({ kind: "attach" }) },
  { weight: 4, arbitrary: fc.nat(2).map((back): Move => ({ kind: "detach", back })) },
  { weight: 4, arbitrary: fc.constantFrom(1_000, 299_000, 300_000, 301_000).map((ms): Move => ({ kind: "wait", ms })) },
  { weight: 1, arbitrary: fc.constant<Move>({ kind: "end" }) },
);

/** What a session should be, in plain words: the socket that holds it, since when it has none, whether it has ended. */
function model(moves: readonly Move[]) {
  let [sockets, attached, detachedAt, now, superseded] = [0, 0, 0, 0, 0];
  let ended = false;
  for (const one of moves) {
    if (one.kind === "wait") now += one.ms;
    if (!ended && attached === 0 && now - detachedAt >= OUTLIVE) ended = true;
    if (ended) continue;
    if (one.kind === "attach") {
      if (attached !== 0) superseded++;
      attached = ++sockets;
    }
    if (one.kind === "detach" && attached !== 0 && sockets - one.back === attached) {
      attached = 0;
      detachedAt = now;
    }
    if (one.kind === "end") ended = true;
  }
  return { attached: ended ? null : attached, ended, superseded };
}

function play(moves: readonly Move[]) {
  const clock = new SimulatedClock();
  let [sockets, superseded, forgotten] = [0, 0, 0];
  const machine = sessionMachine.provide({
    actions: {
      supersede: () => {
        superseded++;
      },
      forget: () => {
        forgotten++;
      },
    },
  });
  const actor = createActor(machine, { clock, input: { outlive_ms: OUTLIVE } }).start();
  for (const one of moves) {
    if (one.kind === "wait") clock.increment(one.ms);
    if (actor.getSnapshot().status !== "active") continue;
    if (one.kind === "attach") actor.send({ type: "ATTACH", socket: ++sockets });
    if (one.kind === "detach") actor.send({ type: "DETACH", socket: sockets - one.back });
    if (one.kind === "end") actor.send({ type: "END" });
  }
  const { status, context } = actor.getSnapshot();
  const ended = status === "done";
  return { attached: ended ? null : context.socket, ended, superseded, forgotten };
}

test("N1 to N4 hold on generated paths: one socket at a time, an end 300 s after the last one, and no way back", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
      const { forgotten, ...session } = play(moves);
      expect(session).toEqual(model(moves));
      expect(forgotten).toBe(session.ended ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
});
