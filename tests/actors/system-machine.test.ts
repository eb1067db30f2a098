import { expect, test } from "bun:test";
import { createActor, SimulatedClock } from "xstate";
import { getShortestPaths } from "xstate/graph";
import { type SystemEvent, systemMachine } from "../../src/actors/system-machine.ts";

const input = { environments: ["a", "b"], drain_ms: 30_000 };
const events: SystemEvent[] = [
  { type: "SERVED", env_type: "a" },
  { type: "SERVED", env_type: "b" },
  { type: "UNAVAILABLE", env_type: "a", reason: "no data" },
  { type: "UNAVAILABLE", env_type: "b", reason: "no data" },
  { type: "DRAIN" },
  { type: "EMPTY" },
  { type: "STOP" },
  { type: "STOPPED" },
];

const paths = getShortestPaths(systemMachine, {
  input,
  events,
  stopWhen: ({ status }) => status !== "active",
  limit: 10_000,
});

/** Every state by its shortest path, then every event: each with what the machine asked of the world. */
const histories = paths.flatMap((path) => {
  const before = path.steps.map(({ event }) => event as SystemEvent).filter(({ type }) => !type.startsWith("xstate."));
  return events.map((event) => play([...before, event]));
});

function play(given: readonly SystemEvent[]) {
  const clock = new SimulatedClock();
  let [drained, stopped, completed] = [0, 0, 0];
  const machine = systemMachine.provide({
    actions: {
      drainPools: () => {
        drained++;
      },
      stopAll: () => {
        stopped++;
      },
    },
  });
  const actor = createActor(machine, { clock, input });
  actor.subscribe({
    complete: () => {
      completed++;
    },
  });
  actor.start();
  for (const event of given) if (actor.getSnapshot().status === "active") actor.send(event);
  return { given, actor, clock, counts: () => ({ drained, stopped, completed }) };
}

test("S1: ready is reached when every environment is settled, and not before", () => {
  for (const { given, actor } of histories) {
    const settled = new Set<string>();
    const known = given.every(({ type }) => type === "SERVED" || type === "UNAVAILABLE");
    for (const event of given) if ("env_type" in event) settled.add(event.env_type);
    if (known) expect(actor.getSnapshot().value).toBe(settled.size === 2 ? "ready" : "starting");
  }
  expect(histories.length).toBeGreaterThan(50);
});

test("S1: an environment that came up later is not called unavailable any more", () => {
  const { actor } = play([events[2], events[1], events[0]].flatMap((event) => event ?? []));
  expect(actor.getSnapshot().context.unavailable).toEqual({});
});

test("S2: pools are drained once at most, and before everything is stopped", () => {
  for (const { counts } of histories) {
    expect(counts().drained).toBeLessThanOrEqual(1);
    expect(counts().stopped).toBeLessThanOrEqual(1);
  }
});

test("S3: after a DRAIN or a STOP the end is reached exactly once, whatever the instances do", () => {
  for (const { given, actor, clock, counts } of histories) {
    if (!given.some(({ type }) => type === "DRAIN" || type === "STOP")) continue;
    clock.increment(30_000);
    if (actor.getSnapshot().status === "active") actor.send({ type: "STOPPED" });
    expect(actor.getSnapshot().value).toBe("stopped");
    expect([counts().stopped, counts().completed]).toEqual([1, 1]);
  }
});
