import { expect, test } from "bun:test";
import { createActor, type SnapshotFrom } from "xstate";
import { getShortestPaths } from "xstate/graph";
import type { SlotAsk } from "../../src/actors/instance-effects.ts";
import { type PoolContext, type PoolEvent, poolMachine, waiting } from "../../src/actors/pool-machine.ts";

const input = { env_type: "guess", min_workers: 0, max_workers: 2, queue_limit: 2 };

/** Asks by name: two single ones of one principal, one of another, a group of two, and one that recovers. */
const asks: SlotAsk[] = [
  ask("a1", "alice", "a1", 1),
  ask("a2", "alice", "a2", 1),
  ask("b1", "bob", "b1", 1),
  ask("g1", "alice", "g", 2),
  ask("g2", "alice", "g", 2),
  ask("r1", "bob", "r1", 1, true),
];

function ask(instance_id: string, principal: string, group: string, size: number, recovering = false): SlotAsk {
  return { instance_id, principal, group: { id: group, size }, recovering, placed: () => {}, refused: () => {} };
}

/** What can happen to a pool: an instance asks once, a worker that holds something may be freed, one may come or go. */
function eventsOf({ context }: { context: PoolContext }): PoolEvent[] {
  const queued = new Set(context.queue.flatMap((ticket) => ticket.asks.map(({ instance_id }) => instance_id)));
  const events: PoolEvent[] = asks
    .filter(({ instance_id }) => !queued.has(instance_id))
    .map((one) => ({ type: "ASK" as const, ask: one }));
  for (const instance_id of queued) events.push({ type: "WITHDRAW", instance_id });
  for (const { worker_id, used } of context.workers) {
    if (used > 0) events.push({ type: "FREED", worker_id });
    events.push({ type: "WORKER_GONE", worker_id });
  }
  if (context.launching > 0) {
    const worker_id = context.workers.some((worker) => worker.worker_id === "w1") ? "w2" : "w1";
    events.push({ type: "WORKER_READY", worker_id, capacity: 2 }, { type: "LAUNCH_FAILED", message: "no data" });
  }
  return [...events, { type: "START" }, { type: "DRAIN" }, { type: "STOP" }];
}

function keyOf({ value, context }: SnapshotFrom<typeof poolMachine>): string {
  const { queue, workers, launching, last_principal } = context;
  return JSON.stringify([
    value,
    queue.map((ticket) => ticket.asks.map(({ instance_id }) => instance_id)),
    workers.map(({ worker_id, used }) => [worker_id, used]),
    launching,
    last_principal,
  ]);
}

interface Step {
  readonly event: PoolEvent;
  readonly before: PoolContext;
  readonly after: PoolContext;
  readonly draining: boolean;
  readonly placed: readonly string[];
  readonly refused: readonly string[];
  readonly launched: number;
}

/** Plays a path on a real pool actor and writes down what it did at each event. */
function play(events: readonly PoolEvent[], limits = input): Step[] {
  let placed: string[] = [];
  let refused: string[] = [];
  let launched = 0;
  const actor = createActor(
    poolMachine.provide({
      actions: {
        launch: () => {
          launched++;
        },
        place: ({ context }) => void placed.push(...context.placements.map((one) => one.ask.instance_id)),
        refuseFull: ({ event }) => void (event.type === "ASK" && refused.push(event.ask.instance_id)),
        refuseClosed: ({ event }) => void (event.type === "ASK" && refused.push(event.ask.instance_id)),
        refuseAll: ({ context }) =>
          void refused.push(...context.queue.flatMap((ticket) => ticket.asks.map(({ instance_id }) => instance_id))),
      },
    }),
    { input: limits },
  );
  actor.start();
  return events.flatMap((event) => {
    const before = actor.getSnapshot();
    if (before.status !== "active") return [];
    placed = [];
    refused = [];
    launched = 0;
    actor.send(event);
    const draining = before.value !== "serving";
    return [{ event, before: before.context, after: actor.getSnapshot().context, draining, placed, refused, launched }];
  });
}

const paths = getShortestPaths(poolMachine, {
  input,
  events: eventsOf as never,
  serializeState: keyOf as never,
  limit: 400_000,
  stopWhen: (snapshot) => snapshot.status !== "active" || waiting(snapshot.context) > 2,
});

const histories = paths.flatMap((path) => {
  const events = path.steps.map(({ event }) => event as PoolEvent).filter(({ type }) => !type.startsWith("xstate."));
  const last = path.state as SnapshotFrom<typeof poolMachine>;
  const next = last.status === "active" ? eventsOf(last) : [];
  return next.map((event) => play([...events, event]));
});

/** Paths on which some step breaks an invariant, as text. */
function broken(holds: (step: Step, history: readonly Step[]) => boolean): string[] {
  return histories
    .filter((history) => !history.every((step) => holds(step, history)))
    .map((history) => history.map(({ event }) => event.type).join(" "))
    .slice(0, 3);
}

test("the generated paths are many and reach every state", () => {
  expect(histories.length).toBeGreaterThan(1000);
  expect([...new Set(paths.map((path) => JSON.stringify(path.state.value)))].sort()).toEqual(
    ['"draining"', '"serving"', '"stopped"'].sort(),
  );
});

test("P1: no worker holds more than its capacity, and no count is below zero", () => {
  expect(
    broken(
      ({ after }) => after.launching >= 0 && after.workers.every(({ used, capacity }) => used >= 0 && used <= capacity),
    ),
  ).toEqual([]);
});

test("P2: every ask is placed once, or refused once, or withdrawn, or still waits", () => {
  expect(
    broken((step, history) => {
      if (step !== history.at(-1)) return true;
      const count = new Map<string, number>();
      const add = (id: string, by: number) => count.set(id, (count.get(id) ?? 0) + by);
      for (const { event, placed, refused } of history) {
        if (event.type === "ASK") add(event.ask.instance_id, 1);
        if (event.type === "WITHDRAW") add(event.instance_id, -1);
        for (const id of [...placed, ...refused]) add(id, -1);
      }
      for (const ticket of step.after.queue) for (const { instance_id } of ticket.asks) add(instance_id, -1);
      return [...count.values()].every((left) => left === 0);
    }),
  ).toEqual([]);
});

test("P3: the asks of one group are placed in one go", () => {
  expect(
    broken(({ after, placed }) => {
      // A member that was withdrawn is no part of the group any more.
      const mine = placed.filter((id) => id.startsWith("g"));
      return mine.length === 0 || after.queue.every(({ id }) => id !== "g");
    }),
  ).toEqual([]);
});

test("P4: what recovers goes first, and one principal's asks in order of arrival", () => {
  expect(
    broken(({ after, placed }) => {
      const waitingIds = after.queue.flatMap((ticket) => ticket.asks.map(({ instance_id }) => instance_id));
      const recovering = after.queue.findLastIndex((ticket) => ticket.recovering);
      const ordered = after.queue.slice(0, recovering + 1).every((ticket) => ticket.recovering);
      return ordered && (!waitingIds.includes("r1") || placed.length === 0);
    }),
  ).toEqual([]);
});

test("P5: nobody waits while there is room for the ticket whose turn it is", () => {
  expect(
    broken(({ after, draining }) => {
      if (draining) return true;
      const room = after.workers.reduce((sum, { capacity, used }) => sum + capacity - used, 0);
      const complete = after.queue.filter((ticket) => ticket.asks.length === ticket.size);
      // One that is complete and fits may still stand behind another principal's that does not.
      return (
        complete.length === 0 || complete.some((ticket) => ticket.size > room) || complete.length < after.queue.length
      );
    }),
  ).toEqual([]);
});

test("P6: workers never exceed max_workers, and one is launched only when somebody waits", () => {
  expect(
    broken(
      ({ after, launched }) =>
        after.workers.length + after.launching <= input.max_workers && (launched === 0 || waiting(after) > 0),
    ),
  ).toEqual([]);
});

test("P7: the line never holds more than its limit, recovering asks aside", () => {
  expect(
    broken(({ after }) => {
      const fresh = after.queue.filter((ticket) => !ticket.recovering).flatMap((ticket) => ticket.asks);
      return fresh.length <= input.queue_limit;
    }),
  ).toEqual([]);
});

test("P8: after draining began nothing is placed", () => {
  expect(broken(({ draining, placed }) => !draining || placed.length === 0)).toEqual([]);
});

test("principals take turns, whoever came first", () => {
  const one = (id: string, principal: string): PoolEvent => ({ type: "ASK", ask: ask(id, principal, id, 1) });
  const history = play(
    [
      one("x1", "alice"),
      one("x2", "alice"),
      one("y1", "bob"),
      { type: "WORKER_READY", worker_id: "w1", capacity: 1 },
      { type: "FREED", worker_id: "w1" },
      { type: "FREED", worker_id: "w1" },
    ],
    { ...input, queue_limit: 10 },
  );
  expect(history.flatMap(({ placed }) => placed)).toEqual(["x1", "y1", "x2"]);
});
