import { expect, test } from "bun:test";
import { createActor, SimulatedClock, type SnapshotFrom } from "xstate";
import { getShortestPaths } from "xstate/graph";
import { type InstanceSpec, recorded, restOf } from "../../src/actors/instance-context.ts";
import { type InstancePorts, instanceEffects, type SlotAsk } from "../../src/actors/instance-effects.ts";
import { type InstanceEvent, instanceMachine } from "../../src/actors/instance-machine.ts";
import type { Answer, InstanceRequest, Run } from "../../src/actors/instance-requests.ts";
import { MemoryStore } from "../../src/actors/memory-store.ts";
import type { WorkerLink } from "../../src/actors/ports.ts";
import type { EpisodeStart } from "../../src/protocol/episode.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { Deadlines } from "../../src/util/deadlines.ts";

const QUEUE_LIMIT = 2;

type Snapshot = Pick<SnapshotFrom<typeof instanceMachine>, "context" | "value">;

const spec: InstanceSpec = {
  header: {
    instance_id: "n0-1",
    env_type: "guess",
    principal: "default",
    labels: {},
    request: { task_id: "t", params: {}, seed: null, started_at: 0 },
  },
  group: { id: "n0-1", size: 1, session: "" },
  replay: "exact",
  provenance: { stepwell: "0", environment: "1", engine: "e", data_sha256: null, params_sha256: "p" },
  max_steps: null,
  queue_limit: QUEUE_LIMIT,
  create_timeout_ms: 1000,
  worker_timeout_ms: 1000,
  evaluate_timeout_ms: 1000,
  idle_timeout_ms: 1000,
  lifetime_ms: null,
};

const start: EpisodeStart = { state: [], tools: [], info: {}, prompt_sha256: null };
const never = new Promise<never>(() => {});

/** A worker that is asked and never answers by itself: answers are events of the path. */
function silentLink(worker_id: string, calls: string[]): WorkerLink {
  const call = (op: string) => () => {
    calls.push(op);
    return never;
  };
  return {
    worker_id,
    create: call("create"),
    step: call("step"),
    evaluate: call("evaluate"),
    inspect: call("inspect"),
    release: () => void calls.push("release"),
  };
}

const links = { w1: silentLink("w1", []), w2: silentLink("w2", []) };

const advanced = (end_reason: "completed" | null): Run => ({
  kind: "advanced",
  action: { role: "assistant", content: "a" },
  result: {
    state: [],
    reward: end_reason ? 1 : 0,
    is_terminated: end_reason !== null,
    is_truncated: false,
    info: { step: 1, action: { valid: true, format: "text", parse_errors: [] }, observation_hash: "ab" },
  },
  hash: "ab",
  end_reason,
});

const evaluation = {
  reward: 1,
  success: true,
  failure: null,
  verdict: {},
  reward_parts: { sparse: 1 },
  provenance: { ...spec.provenance, prompt_sha256: null },
};

const failed = (kind: "worker_lost" | "engine_error"): Run => ({ kind: "failed", failure: { kind, message: "m" } });
const refused: Run = { kind: "refused", error: new ProtocolError("stale_step", "m") };

/** How a request can end. */
const RUNS: Readonly<Record<"step" | "evaluate" | "finish", readonly Run[]>> = {
  step: [refused, failed("engine_error"), advanced(null), advanced("completed")],
  evaluate: [refused, failed("engine_error"), { kind: "answered", value: evaluation }],
  finish: [refused, failed("engine_error"), { kind: "finished", evaluation }],
};

/** What can happen to an instance in a state. A run fits the request that is under way. */
function eventsOf(snapshot: Snapshot): InstanceEvent[] {
  const { epoch, current } = snapshot.context;
  const known = current === null || current.op === "inspect" ? [refused, failed("engine_error")] : RUNS[current.op];
  const runs = [failed("worker_lost"), ...known];
  const outcome = { kind: "failure", failure: { kind: "worker_lost", message: "m" } } as const;
  return [
    { type: "PLACED", link: links.w1 },
    { type: "PLACED", link: links.w2 },
    { type: "REFUSED", error: new ProtocolError("overloaded", "m") },
    { type: "BUILT", epoch, outcome: { kind: "ok", value: start } },
    { type: "BUILT", epoch, outcome: { kind: "error", error: new ProtocolError("unknown_task", "m") } },
    { type: "BUILT", epoch, outcome },
    { type: "BUILT", epoch: epoch - 1, outcome: { kind: "ok", value: start } },
    ...(["step", "evaluate", "finish"] as const).map((op) => ({ type: "REQUEST" as const, request: request(op) })),
    { type: "NEXT" },
    ...runs.map((run) => ({ type: "DONE" as const, epoch, run })),
    { type: "DONE", epoch: epoch - 1, run: advanced("completed") },
    { type: "REBUILT", epoch, outcome: { kind: "ok", value: null } },
    { type: "REBUILT", epoch, outcome },
    { type: "REBUILT", epoch, outcome: { kind: "failure", failure: { kind: "diverged", message: "m" } } },
    { type: "DEADLINE", epoch },
    { type: "DEADLINE", epoch: epoch - 1 },
    { type: "WORKER_LOST", worker_id: "w1" },
    { type: "RELEASE", reason: "released" },
  ];
}

function request(op: "step" | "evaluate" | "finish"): InstanceRequest {
  const reply = () => {};
  const asked_at = 0;
  return op === "step" ? { op, asked_at, action: { role: "assistant", content: "a" }, reply } : { op, asked_at, reply };
}

/** States that differ in what an instance may do next are different; counters are told apart up to two. */
function keyOf(snapshot: SnapshotFrom<typeof instanceMachine>): string {
  const { context, value } = snapshot;
  const { link, start: begun, steps, end_reason, failure, current, queue, tries } = context;
  return JSON.stringify([
    value,
    link?.worker_id,
    begun !== null,
    Math.min(steps, 1),
    end_reason !== null,
    failure !== null,
    current?.op,
    queue.length,
    Math.min(tries, 2) + (tries > 2 ? 1 : 0),
  ]);
}

/** Events with a payload that a path may repeat: each run of a path makes its own requests, to count their answers. */
function fresh(event: InstanceEvent, asked: { op: string; answers: number }[]): InstanceEvent {
  if (event.type !== "REQUEST") return event;
  const record = { op: event.request.op, answers: 0 };
  asked.push(record);
  const reply = () => {
    record.answers++;
  };
  return { ...event, request: { ...event.request, reply } as InstanceRequest };
}

function run(events: readonly InstanceEvent[]) {
  const clock = new SimulatedClock();
  const deadlines = new Deadlines(clock);
  const store = new MemoryStore();
  const asked: { op: string; answers: number }[] = [];
  const log: string[] = [];
  const creates: Answer<unknown>[] = [];
  let placed = 0;
  let freed = 0;
  let released = 0;
  const ports: InstancePorts = {
    stopwatch: () => 0,
    emit: () => {},
    deadlines,
    store,
    slots: {
      ask: (_ask: SlotAsk) => void log.push("ask"),
      withdraw: () => void log.push("withdraw"),
      suspect: () => {},
      free: () => {
        freed++;
      },
    },
    created: (_id, answer) => void creates.push(answer),
    released: () => {
      released++;
    },
  };
  const actor = createActor(instanceMachine.provide({ actions: instanceEffects(ports) }), { input: spec, clock });
  actor.start();
  const trace = events.map((event) => {
    const before = actor.getSnapshot();
    if (before.status !== "active") return null;
    const answered = asked.filter(({ answers }) => answers > 0).length;
    const entries = store.read("n0-1")?.entries.length ?? 0;
    const takesSlot = event.type === "PLACED" && before.can(event);
    actor.send(fresh(event, asked));
    if (takesSlot) placed++;
    return { event, before: before.context, after: actor.getSnapshot().context, answered, entries };
  });
  return {
    snapshot: actor.getSnapshot(),
    asked,
    creates,
    deadlines,
    store,
    trace,
    counts: { placed, freed, released },
  };
}

const paths = getShortestPaths(instanceMachine, {
  input: spec,
  events: eventsOf as never,
  serializeState: keyOf as never,
  limit: 200_000,
  stopWhen: (snapshot) => snapshot.status !== "active",
});

/** Every state by its shortest path, and from each of them every event: all transitions of the machine. */
const sequences: InstanceEvent[][] = paths.flatMap((path) => {
  const events = path.steps
    .map(({ event }) => event as InstanceEvent)
    .filter(({ type }) => !type.startsWith("xstate."));
  const last = path.state as SnapshotFrom<typeof instanceMachine>;
  return [events, ...(last.status === "active" ? eventsOf(last).map((event) => [...events, event]) : [])];
});

const runs = sequences.map((events) => ({ events, ...run(events) }));
const describePath = (events: readonly InstanceEvent[]) => events.map(({ type }) => type).join(" ");

/** Runs whose path breaks an invariant, as text. */
function broken(holds: (one: (typeof runs)[number]) => boolean): string[] {
  return runs
    .filter((one) => !holds(one))
    .map(({ events }) => describePath(events))
    .slice(0, 5);
}

test("the paths reach every state of the machine", () => {
  const reached = new Set(runs.map(({ snapshot }) => JSON.stringify(snapshot.value)));
  expect([...reached].sort()).toEqual(
    [
      '"released"',
      '"resting"',
      '"running"',
      '{"creating":"building"}',
      '{"creating":"queued"}',
      '{"recovering":"queued"}',
      '{"recovering":"rebuilding"}',
    ].sort(),
  );
  const rests = runs.filter(({ snapshot }) => snapshot.value === "resting");
  expect([...new Set(rests.map(({ snapshot }) => restOf(snapshot.context)))].sort()).toEqual([
    "created",
    "terminated",
    "waiting",
  ]);
  expect(sequences.length).toBeGreaterThan(1000);
});

test("I1: every request gets exactly one answer, also when the instance is released under it", () => {
  expect(
    broken(({ asked, snapshot }) => {
      const { current, queue } = snapshot.context;
      const open = queue.length + (current ? 1 : 0);
      return asked.every(({ answers }) => answers <= 1) && asked.filter(({ answers }) => answers === 0).length === open;
    }),
  ).toEqual([]);
  const released = runs.filter(({ snapshot }) => snapshot.value === "released");
  expect(released.length).toBeGreaterThan(100);
  expect(released.every(({ asked }) => asked.every(({ answers }) => answers === 1))).toBe(true);
});

test("I1: the create is answered exactly once", () => {
  expect(
    broken(({ creates, snapshot }) => creates.length === (JSON.stringify(snapshot.value).includes("creating") ? 0 : 1)),
  ).toEqual([]);
});

test("I2: requests wait in arrival order, finish before them", () => {
  expect(
    broken(({ trace }) =>
      trace.every((step) => {
        if (step?.event.type !== "REQUEST" || step.after.queue.length <= step.before.queue.length) return true;
        const ops = step.after.queue.map(({ op }) => op);
        const before = step.before.queue.map(({ op }) => op);
        const { op } = step.event.request;
        return JSON.stringify(ops) === JSON.stringify(op === "finish" ? [op, ...before] : [...before, op]);
      }),
    ),
  ).toEqual([]);
});

test("I3, I4: only a step or a finish changes steps, hash and end reason, and nothing steps after the end", () => {
  expect(
    broken(({ trace }) =>
      trace.every((step) => {
        if (!step) return true;
        const { before, after, event } = step;
        const same = before.steps === after.steps && before.hash === after.hash;
        const isRun = event.type === "DONE";
        if (!same) return isRun && event.run.kind === "advanced" && before.end_reason === null;
        return before.end_reason === after.end_reason || after.end_reason === "failure" || isRun;
      }),
    ),
  ).toEqual([]);
});

test("I5: the log entry of a step is there when its answer leaves", () => {
  expect(
    broken(({ trace, store, snapshot }) => {
      const steps = trace.filter((step) => step && step.after.steps > step.before.steps).length;
      const entries = store.read("n0-1")?.entries.length ?? 0;
      return snapshot.value === "released" ? entries === 0 : entries === steps;
    }),
  ).toEqual([]);
});

test("I6: an episode that we failed has a failure, and one with a failure has ended so", () => {
  expect(
    broken(({ snapshot }) => (snapshot.context.end_reason === "failure") === (snapshot.context.failure !== null)),
  ).toEqual([]);
});

test("I7: an event of an earlier epoch changes nothing", () => {
  expect(
    broken(({ trace }) =>
      trace.every((step) => {
        if (!step || !("epoch" in step.event) || step.event.epoch === step.before.epoch) return true;
        return step.before === step.after || JSON.stringify(step.before.queue) === JSON.stringify(step.after.queue);
      }),
    ),
  ).toEqual([]);
  const stale = runs.filter(({ events }) => {
    const last = events.at(-1);
    return last?.type === "DONE" && last.epoch < 0;
  });
  expect(stale.every(({ snapshot }) => snapshot.context.steps === 0)).toBe(true);
});

test("I8: after released no deadline is armed, nothing waits, and each slot was given back once", () => {
  const released = runs.filter(({ snapshot }) => snapshot.value === "released");
  const wrong = released.filter(
    ({ deadlines, snapshot, counts, store }) =>
      deadlines.size !== 0 ||
      snapshot.context.queue.length !== 0 ||
      snapshot.context.current !== null ||
      counts.freed !== counts.placed ||
      counts.released !== 1 ||
      store.size !== 0,
  );
  expect(wrong.map(({ events }) => describePath(events)).slice(0, 5)).toEqual([]);
  expect(broken(({ counts, snapshot }) => counts.placed - counts.freed === (snapshot.context.link ? 1 : 0))).toEqual(
    [],
  );
});

test("I9: the queue never holds more than its limit", () => {
  expect(broken(({ trace }) => trace.every((step) => !step || step.after.queue.length <= QUEUE_LIMIT))).toEqual([]);
});

test("a run that was over at once is recorded without the machine: REQUEST and DONE would have left the same", () => {
  const rests = paths.map(({ state }) => state as Snapshot).filter(({ value }) => value === "resting");
  expect(rests.length).toBeGreaterThan(5);
  for (const { context } of rests) {
    if (context.link === null || context.queue.length > 0) continue;
    for (const op of ["step", "evaluate", "finish"] as const) {
      for (const run of RUNS[op]) {
        if (run.kind === "advanced" && context.end_reason !== null) continue;
        const snapshot = instanceMachine.resolveState({ value: "resting", context: { ...context } });
        const actor = createActor(instanceMachine, { input: spec, snapshot }).start();
        actor.send({ type: "REQUEST", request: request(op) });
        actor.send({ type: "DONE", epoch: actor.getSnapshot().context.epoch, run });
        const told = actor.getSnapshot();
        expect(told.value).toBe("resting");
        // What only tells stale answers and tries of the current request apart.
        const aside = { epoch: 0, tries: 0 };
        expect({ ...context, ...recorded(context, run), ...aside }).toEqual({ ...told.context, ...aside });
      }
    }
  }
});
