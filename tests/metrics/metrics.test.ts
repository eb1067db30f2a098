import { expect, test } from "bun:test";
import { connect } from "../../src/client/client.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import type { WellEvent } from "../../src/protocol/events.ts";
import { createStepwell } from "../../src/stepwell.ts";
import { inProcessLauncher } from "../../src/workers/in-process.ts";
import { simulatedWell } from "../actors/well.ts";

const NOTHING = {
  instances: () => new Map(),
  waiting: () => new Map(),
  workers: () => new Map(),
  sessions: () => 0,
  kept: () => ({ count: 0, bytes: 0 }),
  deadlines: () => 0,
  containers: async () => new Map(),
};

const say = (content: string) => ({ role: "assistant" as const, content });

test("/metrics counts steps, ends, parse errors, refusals and releases, and shows what lives", async () => {
  await using well = await createStepwell({ environments: ["guess"], port: 0 });
  const url = well.listen();
  await using client = await connect(url);
  const [one, two] = await client.createGroup("guess", "guess_42", 2);
  await one?.step(say("no number"));
  await one?.step(say("42"));
  await one?.evaluate();
  await client.create("guess", "nope").catch(() => {});
  await one?.release();
  const text = await (await fetch(url.replace("ws:", "http:").replace("/v1", "/metrics"))).text();
  const value = (name: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${name} `))
        ?.split(" ")
        .at(-1),
    );
  expect(value('stepwell_steps_total{env_type="guess"}')).toBe(2);
  expect(value('stepwell_episode_ends_total{env_type="guess",end_reason="completed"}')).toBe(1);
  expect(value('stepwell_parse_errors_total{env_type="guess"}')).toBe(1);
  expect(value('stepwell_creates_refused_total{env_type="guess",code="unknown_task"}')).toBe(1);
  expect(value('stepwell_releases_total{env_type="guess",reason="released"}')).toBe(1);
  expect(value('stepwell_instances{env_type="guess",state="created"}')).toBe(1);
  expect(value('stepwell_request_running_seconds_count{env_type="guess",op="step"}')).toBe(2);
  expect(value('stepwell_request_waiting_seconds_count{env_type="guess",op="create"}')).toBe(2);
  expect(value("stepwell_sessions")).toBe(1);
  expect(value("stepwell_kept_replies")).toBe(6);
  expect(value("stepwell_kept_reply_bytes")).toBeGreaterThan(600);
  expect(value("stepwell_deadlines")).toBe(0);
  expect(value('stepwell_bytes_total{direction="in"}')).toBeGreaterThan(100);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  await two?.release();
});

test("/metrics needs the token where one is set", async () => {
  await using well = await createStepwell({ environments: ["guess"], port: 0, token: "secret" });
  const url = well.listen().replace("ws:", "http:").replace("/v1", "/metrics");
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(url, { headers: { authorization: "Bearer secret" } })).status).toBe(200);
});

test("actors emit what happened, with no name of an instance or a run", async () => {
  const events: WellEvent[] = [];
  const { system } = await simulatedWell({ emit: (event) => events.push(event) });
  const caller = { principal: "default", holder: null };
  const query = {
    env_type: "guess",
    task_id: "guess_42",
    params: {},
    seed: null,
    n: null,
    labels: { run: "r1" },
    expect: {},
  };
  system.create(caller, { ...query, instance_id: "named" }, () => {});
  system.step(caller, { instance_id: "named", action: say("42") }, () => {});
  system.release(caller, "named");
  expect(events).toEqual([
    { kind: "created", env_type: "guess", waited: 0, ran: 0 },
    {
      kind: "ran",
      env_type: "guess",
      op: "step",
      waited: 0,
      ran: 0,
      end_reason: "completed",
      parse_errors: 0,
    },
    { kind: "released", env_type: "guess", reason: "released" },
  ]);
});

test("an episode that we failed is counted once, as a failure of its kind and as an end", async () => {
  const events: WellEvent[] = [];
  const broken = {
    ...guess,
    create: (request: Parameters<typeof guess.create>[0]) => ({
      ...guess.create(request),
      step: () => {
        throw new Error("the engine broke");
      },
    }),
  };
  const { system } = await simulatedWell({
    launcher: inProcessLauncher(() => broken),
    emit: (one) => events.push(one),
  });
  const caller = { principal: "default", holder: null };
  const query = { env_type: "guess", task_id: "guess_42", params: {}, seed: null, n: null, labels: {}, expect: {} };
  system.create(caller, { ...query, instance_id: "named" }, () => {});
  system.step(caller, { instance_id: "named", action: say("42") }, () => {});
  system.evaluate(caller, "named", () => {});
  expect(events.filter(({ kind }) => kind === "failed")).toEqual([
    { kind: "failed", env_type: "guess", failure: "engine_error" },
  ]);
  const metrics = new Metrics(NOTHING);
  for (const event of events) metrics.record(event);
  const text = await metrics.text();
  expect(text).toContain('stepwell_failures_total{env_type="guess",kind="engine_error"} 1');
  expect(text).toContain('stepwell_episode_ends_total{env_type="guess",end_reason="failure"} 1');
});

test("what containers use is measured when somebody asks, and forgotten when they are gone", async () => {
  const usage = new Map([["appworld", { memory_bytes: 300_000_000, cpu_s: 1.5, processes: 7 }]]);
  const metrics = new Metrics({ ...NOTHING, containers: async () => usage });
  const text = await metrics.text();
  expect(text).toContain('stepwell_container_memory_bytes{env_type="appworld"} 300000000');
  expect(text).toContain('stepwell_container_cpu_seconds{env_type="appworld"} 1.5');
  expect(text).toContain('stepwell_container_processes{env_type="appworld"} 7');
  usage.clear();
  expect(await metrics.text()).not.toContain("appworld");
});
