import { expect, test } from "bun:test";
import { SimulatedClock } from "xstate";
import type { RequestFrame } from "../../src/protocol/frames.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { REMOTE_LIMITS, RemoteChannel } from "../../src/workers/remote-channel.ts";
import { remoteWorker } from "../../src/workers/remote-worker.ts";

/** A channel whose worker answers what the test says, on a simulated clock. */
function open() {
  const clock = new SimulatedClock();
  const deadlines = new Deadlines(clock);
  const sent: RequestFrame[] = [];
  const closed: string[] = [];
  const sink = { send: (frame: RequestFrame) => void sent.push(frame), close: (why: string) => void closed.push(why) };
  const channel = new RemoteChannel("w1", sink, deadlines, REMOTE_LIMITS);
  const answer = (op: string, ok: unknown) => {
    const frame = sent.findLast((one) => one.op === op);
    channel.receive([{ re: frame?.id ?? 0, ok }]);
  };
  return { clock, deadlines, sent, closed, channel, answer };
}

const profile = {
  profile: { env_type: "guess", version: "1", replay: "exact", splits: [], unavailable: [] },
  engine: "guess 1",
  data_sha256: null,
};

async function joined() {
  const parts = open();
  const joining = remoteWorker({ channel: parts.channel, env_type: "guess", capacity: 2, stop: async () => {} });
  parts.answer("profile", profile);
  return { ...parts, worker: await joining };
}

/** Lets promises that are settled already run their continuations. */
const settle = () => Bun.sleep(1);

test("requests are numbered from 1, answered in any order, and each has a deadline of its own", async () => {
  const { channel, sent, clock, deadlines } = open();
  const asked = [1, 2, 3].map(() => channel.ask("ping", {}, 1000, (ok) => ok));
  expect(sent.map(({ id, op }) => [id, op])).toEqual([1, 2, 3].map((id) => [id, "ping"]));
  channel.receive([{ re: 3, ok: "c" }]);
  channel.receive([
    { re: 1, ok: "a" },
    { re: 99, ok: "nobody asked" },
  ]);
  clock.increment(1000);
  const kinds = await Promise.all(asked);
  expect(kinds).toMatchObject([{ value: "a" }, { failure: { kind: "worker_timeout" } }, { value: "c" }]);
  channel.receive([{ re: 2, ok: "late" }]);
  expect([channel.pending, deadlines.size]).toEqual([0, 0]);
});

test("a wrong answer is an engine error, never a result", async () => {
  const { worker, answer } = await joined();
  const step = worker.link.step("i1", { role: "assistant", content: "1" });
  answer("step", { state: [], reward: "1", end_reason: null, action: {} });
  expect(await step).toMatchObject({ kind: "failure", failure: { kind: "engine_error" } });
});

test("heartbeats go on while they are answered; a worker that gives none is lost", async () => {
  const { worker, clock, sent, answer, channel, closed } = await joined();
  const told: number[] = [];
  worker.onHealth?.(({ rss_bytes }) => void told.push(rss_bytes));
  for (const rss_bytes of [100, 200]) {
    clock.increment(REMOTE_LIMITS.heartbeat_ms);
    answer("ping", { instances: 0, rss_bytes });
    await settle();
  }
  expect(told).toEqual([100, 200]);
  clock.increment(REMOTE_LIMITS.heartbeat_ms);
  expect(sent.filter(({ op }) => op === "ping").length).toBe(3);
  clock.increment(REMOTE_LIMITS.silence_ms);
  await settle();
  expect(await worker.gone).toContain("no heartbeat");
  expect([closed.length, channel.pending]).toEqual([1, 0]);
});

test("a worker that does not free an instance in time is lost; what the instance was asked has no reader any more", async () => {
  const { worker, clock, channel, deadlines } = await joined();
  void worker.link.step("i1", { role: "assistant", content: "1" });
  const released = worker.link.release("i1");
  expect(channel.pending).toBe(1);
  clock.increment(REMOTE_LIMITS.release_ms);
  await released;
  expect(await worker.gone).toContain('"release"');
  expect(deadlines.size).toBe(0);
});

test("whoever waits on a lost worker hears of it after the pool did", async () => {
  const { worker, channel } = await joined();
  const heard: string[] = [];
  const step = Promise.resolve(worker.link.step("i1", { role: "assistant", content: "1" }));
  const both = [step.then(() => heard.push("instance")), worker.gone.then(() => heard.push("pool"))];
  channel.lose("killed");
  await Promise.all(both);
  expect(heard).toEqual(["pool", "instance"]);
});

test("the action's clock is the instance's own, else the environment's, else 30 s", async () => {
  const { worker, sent } = await joined();
  const request = { task_id: "t", seed: null, started_at: 0 };
  void worker.link.create("i1", { ...request, params: { action_timeout_s: 7 } });
  void worker.link.create("i2", { ...request, params: {} });
  for (const id of ["i1", "i2"]) void worker.link.step(id, { role: "assistant", content: "1" });
  expect(sent.filter(({ op }) => op === "step").map(({ timeout_s }) => timeout_s)).toEqual([7, 30]);
});
