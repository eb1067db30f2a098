import { expect, test } from "bun:test";
import { createActor, type SnapshotFrom } from "xstate";
import { getShortestPaths } from "xstate/graph";
import type { SlotAsk } from "../../src/actors/instance-effects.ts";
import type { PoolContext, PoolInput } from "../../src/actors/pool-context.ts";
import { gaveUp, type PoolEvent, poolMachine } from "../../src/actors/pool-machine.ts";
import { waiting } from "../../src/actors/workforce.ts";

const input: PoolInput = {
  env_type: "guess",
  min_workers: 0,
  max_workers: 2,
  spare_workers: 0,
  queue_limit: 2,
  recycle_after: null,
  recycle_bytes: null,
  patience: 2,
  relaunch: true,
};

/** Asks by name: two single ones of one principal, one of another, a group of two, and one that recovers. */
const asks: SlotAsk[] = [
  ask("a1", "alice", "a1", 1),
  ask("a2", "alice", "a2", 1),
  ask("b1", "bob", "b1", 1),
  ask("g1", "alice", "g", 2),
  ask("g2", "alice", "g", 2),
  ask("r1", "bob", "r1", 1, true),
];

function ask(
  instance_id: string,
  principal: string,
  id: string,
  size: number,
  recovering = false,
  session = "",
): SlotAsk {
  return { instance_id, principal, group: { id, size, session }, recovering, placed: () => {}, refused: () => {} };
}

type Snapshot = SnapshotFrom<typeof poolMachine>;

/** Asks that do not wait already: an instance asks once. */
function askEvents({ queue }: PoolContext, among: readonly SlotAsk[]): PoolEvent[] {
  const queued = new Set(queue.flatMap((ticket) => ticket.asks.map(({ instance_id }) => instance_id)));
  const events: PoolEvent[] = among
    .filter(({ instance_id }) => !queued.has(instance_id))
    .map((one) => ({ type: "ASK", ask: one }));
  for (const instance_id of queued) events.push({ type: "WITHDRAW", instance_id });
  return events;
}

/** Workers come up, fail, are lost and are gone; what one holds is freed. */
function workerEvents({ workers, launching, stopping }: PoolContext, early: readonly boolean[]): PoolEvent[] {
  const events: PoolEvent[] = [];
  for (const { worker_id, used } of workers) {
    if (used > 0) events.push({ type: "FREED", worker_id });
    for (const one of early) events.push({ type: "WORKER_LOST", worker_id, early: one, message: "killed" });
  }
  if (launching > 0) {
    const worker_id =
      ["w1", "w2", "w3", "w4"].find((name) => workers.every((worker) => worker.worker_id !== name)) ?? "";
    events.push({ type: "WORKER_READY", worker_id, capacity: 2, arrived: false });
    events.push({ type: "LAUNCH_FAILED", message: "no data" });
  }
  if (stopping > 0) events.push({ type: "WORKER_GONE", worker_id: "" });
  return events;
}

const ends: PoolEvent[] = [{ type: "DRAIN" }, { type: "STOP" }];

interface Model {
  readonly input: PoolInput;
  events(context: PoolContext): PoolEvent[];
  /** Where paths end, so that they end at all. */
  isFar(context: PoolContext): boolean;
}

/** The line and two workers, with few kinds of asks: small enough that every state of it is reached by a shortest path. */
const small: Model = {
  input: { ...input, patience: 1, relaunch: false },
  events: (context) => [...askEvents(context, asks.slice(2)), ...workerEvents(context, [false]), ...ends],
  isFar: (context) => waiting(context) > 2 || context.failures > 0 || context.stopping > 1,
};

/** Everything that can happen to a pool, in every order: walked at random, from seeds. */
const whole: Model = {
  input: { ...input, min_workers: 1, spare_workers: 1, queue_limit: 4, recycle_after: 3, recycle_bytes: 100 },
  events: (context) => [
    ...askEvents(context, asks),
    ...workerEvents(context, [true, false]),
    ...context.workers.flatMap(({ worker_id }): PoolEvent[] => [
      { type: "HEALTH", worker_id, rss_bytes: 50 },
      { type: "HEALTH", worker_id, rss_bytes: 100 },
      { type: "IDLE", worker_id },
      { type: "SUSPECT", worker_id },
    ]),
    ...[-1, 0, 1, 2].map((allowance) => ({ type: "BUDGET" as const, allowance })),
    ...(context.backing_off ? [{ type: "RETRY" as const }] : []),
    { type: "STEADY" },
    { type: "START" },
  ],
  isFar: () => false,
};

function keyOf({ value, context }: Snapshot): string {
  const { queue, workers, launching, stopping, turns, failures } = context;
  return JSON.stringify([
    value,
    queue.map((ticket) => ticket.asks.map(({ instance_id }) => instance_id)),
    workers.map(({ worker_id, used }) => [worker_id, used]),
    [launching, stopping, turns.principal, failures],
  ]);
}

interface Step {
  readonly event: PoolEvent;
  readonly before: PoolContext;
  readonly after: PoolContext;
  readonly draining: boolean;
  readonly placed: readonly { readonly instance_id: string; readonly worker_id: string }[];
  readonly refused: readonly string[];
  readonly ended: readonly string[];
  readonly launched: number;
}

type Next = (context: PoolContext, index: number) => PoolEvent | null;

/** Plays events on a real pool actor, given or drawn as it goes, and writes down what it did at each. */
function play(events: readonly PoolEvent[] | Next, limits = input): Step[] {
  let placed: { instance_id: string; worker_id: string }[] = [];
  let refused: string[] = [];
  let ended: string[] = [];
  let launched = 0;
  const names = (queue: PoolContext["queue"]) => queue.flatMap(({ asks: all }) => all.map((one) => one.instance_id));
  const actor = createActor(
    poolMachine.provide({
      actions: {
        launch: () => {
          launched++;
        },
        place: ({ context }) =>
          void placed.push(
            ...context.placements.map((one) => ({ instance_id: one.ask.instance_id, worker_id: one.worker_id })),
          ),
        refuse: ({ context }) => void refused.push(...names(context.refused)),
        refuseFull: ({ event }) => void (event.type === "ASK" && refused.push(event.ask.instance_id)),
        refuseClosed: ({ event }) => void (event.type === "ASK" && refused.push(event.ask.instance_id)),
        refuseBroken: ({ event }) => void (event.type === "ASK" && refused.push(event.ask.instance_id)),
        refuseAll: ({ context }) => void refused.push(...names(context.queue)),
        endWorkers: ({ context }) => void ended.push(...context.ended),
      },
    }),
    { input: limits },
  );
  actor.start();
  const next: Next = typeof events === "function" ? events : (_, index) => events[index] ?? null;
  const steps: Step[] = [];
  for (let index = 0; ; index++) {
    const before = actor.getSnapshot();
    const event = before.status === "active" ? next(before.context, index) : null;
    if (event === null) return steps;
    placed = [];
    refused = [];
    ended = [];
    launched = 0;
    actor.send(event);
    const draining = before.value !== "serving";
    const after = actor.getSnapshot().context;
    steps.push({ event, before: before.context, after, draining, placed, refused, ended, launched });
  }
}

interface History {
  readonly limits: PoolInput;
  readonly steps: Step[];
}

const paths = getShortestPaths(poolMachine, {
  input: small.input,
  events: ((snapshot: Snapshot) => small.events(snapshot.context)) as never,
  serializeState: keyOf as never,
  limit: 200_000,
  stopWhen: ({ status, context }) => status !== "active" || small.isFar(context),
});

const shortest: History[] = paths.flatMap((path) => {
  const last = path.state as Snapshot;
  const events = path.steps.map(({ event }) => event as PoolEvent).filter(({ type }) => !type.startsWith("xstate."));
  const next = last.status === "active" ? small.events(last.context) : [];
  return next.map((event) => ({ limits: small.input, steps: play([...events, event], small.input) }));
});

/** A walk of so many events; an end comes late in it, so that much happens before. */
function walk(seed: number, length: number, { input: limits, events }: Model): History {
  let state = seed;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const steps = play((context, index) => {
    if (index === length) return null;
    const possible = [...events(context), ...(index > length * 0.8 ? ends : [])];
    return possible[draw(possible.length)] ?? null;
  }, limits);
  return { limits, steps };
}

const histories = [...shortest, ...Array.from({ length: 1500 }, (_, seed) => walk(seed + 1, 60, whole))];

/** Paths on which some step breaks an invariant, as text. */
function broken(holds: (step: Step, history: readonly Step[], limits: PoolInput) => boolean): string[] {
  return histories
    .filter(({ steps, limits }) => !steps.every((step) => holds(step, steps, limits)))
    .map(({ steps }) => steps.map(({ event }) => event.type).join(" "))
    .slice(0, 3);
}

test("the generated paths are many, reach every state and bring every event", () => {
  expect(shortest.length).toBeGreaterThan(1000);
  expect([...new Set(paths.map((path) => JSON.stringify(path.state.value)))].sort()).toEqual(
    ['"draining"', '"serving"', '"stopped"'].sort(),
  );
  const all = histories.flatMap(({ steps }) => steps);
  expect(new Set(all.map(({ event }) => event.type)).size).toBe(16);
  expect(all.some(({ after }) => after.workers.some(({ retiring, used }) => retiring && used > 0))).toBe(true);
  expect(all.some(({ after }) => gaveUp(after))).toBe(true);
  expect(all.some(({ event, ended }) => event.type === "IDLE" && ended.length > 0)).toBe(true);
});

test("P1: no worker holds more than its capacity, and no count is below zero", () => {
  expect(
    broken(
      ({ after }) =>
        after.launching >= 0 &&
        after.stopping >= 0 &&
        after.workers.every(({ used, capacity }) => used >= 0 && used <= capacity),
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
        for (const id of [...placed.map((one) => one.instance_id), ...refused]) add(id, -1);
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
      const mine = placed.filter(({ instance_id }) => instance_id.startsWith("g"));
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
      if (draining || after.allowance < 0) return true;
      const takers = after.workers.filter(({ retiring, suspect }) => !retiring && !suspect);
      const room = takers.reduce((sum, { capacity, used }) => sum + capacity - used, 0);
      const complete = after.queue.filter((ticket) => ticket.asks.length === ticket.size);
      // One that is complete and fits may still stand behind another principal's that does not.
      return (
        complete.length === 0 || complete.some((ticket) => ticket.size > room) || complete.length < after.queue.length
      );
    }),
  ).toEqual([]);
});

test("P6: workers never exceed their limits, and one is launched only when somebody waits or a limit asks for it", () => {
  expect(
    broken(({ after, launched }, _, { max_workers, min_workers, spare_workers }) => {
      const takers = after.workers.filter(({ retiring, suspect }) => !retiring && !suspect).length + after.launching;
      const present = after.workers.length + after.launching + after.stopping;
      const isWanted = waiting(after) > 0 || takers <= min_workers || spare_workers > 0;
      return takers <= max_workers && (launched === 0 || (present <= 2 * max_workers && isWanted));
    }),
  ).toEqual([]);
});

test("P7: the line never holds more than its limit, recovering asks aside", () => {
  expect(
    broken(({ after }, _, { queue_limit }) => {
      const fresh = after.queue.filter((ticket) => !ticket.recovering).flatMap((ticket) => ticket.asks);
      return fresh.length <= queue_limit;
    }),
  ).toEqual([]);
});

test("P8: after draining began nothing is placed or launched", () => {
  expect(broken(({ draining, placed, launched }) => !draining || (placed.length === 0 && launched === 0))).toEqual([]);
});

test("P9: while launches are backed off none is tried", () => {
  expect(broken(({ after, launched }) => !after.backing_off || launched === 0)).toEqual([]);
});

test("P10: a worker is stopped only while it holds nothing, and one that retires is given nothing", () => {
  expect(
    broken(({ before, event, placed, ended }) => {
      const usedOf = (worker_id: string) => {
        const used = before.workers.find((worker) => worker.worker_id === worker_id)?.used ?? 0;
        return event.type === "FREED" && event.worker_id === worker_id ? used - 1 : used;
      };
      const retiring = before.workers.filter((worker) => worker.retiring).map(({ worker_id }) => worker_id);
      return (
        ended.every((worker_id) => usedOf(worker_id) === 0 && placed.every((one) => one.worker_id !== worker_id)) &&
        placed.every(({ worker_id }) => !retiring.includes(worker_id))
      );
    }),
  ).toEqual([]);
});

test("P11: never more launches than the memory allows, and nothing is placed while it is over its limit", () => {
  expect(
    broken(({ after, launched, placed }) => {
      if (after.allowance < 0) return launched === 0 && placed.length === 0;
      return launched <= after.allowance;
    }),
  ).toEqual([]);
});

test("P12: a pool that gave up has nobody in line", () => {
  expect(broken(({ after, draining }) => draining || !gaveUp(after) || waiting(after) === 0)).toEqual([]);
});

test("P13: a worker that was lost or stopped is given nothing from that moment, nor one that let a deadline pass", () => {
  expect(
    broken(({ event, placed, ended, after }) => {
      const gone = new Set(ended);
      if (event.type === "WORKER_LOST") gone.add(event.worker_id);
      const suspects = after.workers.filter(({ suspect }) => suspect);
      if (placed.some((one) => suspects.some(({ worker_id }) => worker_id === one.worker_id))) return false;
      const known = after.workers.every(({ worker_id }) => !gone.has(worker_id));
      return known && placed.every(({ worker_id }) => !gone.has(worker_id));
    }),
  ).toEqual([]);
});

test("principals take turns, and so do the sessions of one, whoever came first", () => {
  const one = (id: string, principal: string, session = ""): PoolEvent => ({
    type: "ASK",
    ask: ask(id, principal, id, 1, false, session),
  });
  const history = play(
    [
      one("x1", "alice"),
      one("x2", "alice"),
      one("y1", "bob"),
      { type: "WORKER_READY", worker_id: "w1", capacity: 1, arrived: false },
      { type: "FREED", worker_id: "w1" },
      { type: "FREED", worker_id: "w1" },
    ],
    { ...input, queue_limit: 10 },
  );
  expect(history.flatMap(({ placed }) => placed.map((one) => one.instance_id))).toEqual(["x1", "y1", "x2"]);
  const free: PoolEvent = { type: "FREED", worker_id: "w1" };
  const sessions = play(
    [
      ...["t1", "t2", "t3"].map((id) => one(id, "alice", "train")),
      ...["e1", "e2"].map((id) => one(id, "alice", "eval")),
      ...["z1", "z2"].map((id) => one(id, "bob", "train")),
      { type: "WORKER_READY", worker_id: "w1", capacity: 1, arrived: false },
      ...Array.from({ length: 6 }, () => free),
    ],
    { ...input, queue_limit: 10 },
  );
  expect(sessions.flatMap(({ placed }) => placed.map((one) => one.instance_id))).toEqual([
    "e1",
    "z1",
    "t1",
    "z2",
    "e2",
    "t2",
    "t3",
  ]);
});

const ready = (worker_id: string, capacity = 2): PoolEvent => ({
  type: "WORKER_READY",
  worker_id,
  capacity,
  arrived: false,
});
const single = (id: string): PoolEvent => ({ type: "ASK", ask: ask(id, "alice", id, 1) });

test("as many workers are launched as the line needs, and no more", () => {
  const many = { ...input, max_workers: 4, queue_limit: 10 };
  const five = ["1", "2", "3", "4", "5"].map(single);
  const history = play(
    [single("0"), ready("w0"), { type: "WORKER_LOST", worker_id: "w0", early: false, message: "" }, ...five],
    many,
  );
  expect(history.map(({ launched }) => launched)).toEqual([1, 0, 0, 1, 0, 1, 0, 1]);
});

test("a group that the pool can never hold is refused at once, and the others go on", () => {
  const large = ["l1", "l2", "l3", "l4", "l5"].map((id): PoolEvent => ({ type: "ASK", ask: ask(id, "bob", "l", 5) }));
  const history = play([{ type: "START" }, single("a"), ready("w1"), ...large, single("b")], {
    ...input,
    queue_limit: 10,
  });
  expect(history.flatMap(({ refused }) => refused)).toEqual(["l1", "l2", "l3", "l4", "l5"]);
  expect(history.flatMap(({ placed }) => placed.map((one) => one.instance_id))).toEqual(["a", "b"]);
});

test("a worker that served enough takes no more, goes when its last instance does, and another takes its place", () => {
  const recycling = { ...input, max_workers: 1, recycle_after: 2, queue_limit: 10 };
  const history = play(
    [
      single("a"),
      ready("w1"),
      single("b"),
      single("c"),
      ready("w2"),
      { type: "FREED", worker_id: "w1" },
      { type: "FREED", worker_id: "w1" },
    ],
    recycling,
  );
  expect(history.map(({ launched }) => launched)).toEqual([1, 0, 0, 1, 0, 0, 0]);
  expect(history.flatMap(({ placed }) => placed.map((one) => `${one.instance_id}@${one.worker_id}`))).toEqual([
    "a@w1",
    "b@w1",
    "c@w2",
  ]);
  expect(history.map(({ ended }) => ended)).toEqual([[], [], [], [], [], [], ["w1"]]);
});

test("a worker that came by itself holds instances beside the others, whatever the limit, and is never stopped for idling", () => {
  const none = { ...input, max_workers: 0, queue_limit: 10 };
  const arrived: PoolEvent = { type: "WORKER_READY", worker_id: "x1", capacity: 2, arrived: true };
  const history = play(
    [single("a"), arrived, single("b"), { type: "FREED", worker_id: "x1" }, { type: "IDLE", worker_id: "x1" }],
    none,
  );
  expect(history.map(({ launched }) => launched)).toEqual([0, 0, 0, 0, 0]);
  expect(history.flatMap(({ placed }) => placed.map((one) => one.instance_id))).toEqual(["a", "b"]);
  expect(history.flatMap(({ ended }) => ended)).toEqual([]);
});
