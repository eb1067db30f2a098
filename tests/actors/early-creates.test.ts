import { expect, test } from "bun:test";
import type { Worker } from "../../src/actors/ports.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import { EnvironmentHost } from "../../src/workers/environment-host.ts";
import { settle, simulatedWell } from "./well.ts";

const caller = { principal: "default", holder: null };
const query = {
  env_type: "guess",
  task_id: "guess_42",
  params: {},
  seed: null,
  n: null,
  labels: {},
  expect: {},
  instance_id: null,
};

/** A system whose worker comes up when the test says so. */
async function loading() {
  const launched = Promise.withResolvers<Worker>();
  const well = simulatedWell({
    launcher: { kind: "slow", launch: () => launched.promise },
    create_queue_limit: 2,
    pool: { patience: 1, relaunch: false },
    settled: false,
  });
  const { system, clock } = await well;
  const answers: string[] = [];
  const create = (task_id = "guess_42") =>
    system.create(caller, { ...query, task_id }, (answer) =>
      answers.push(answer.kind === "ok" ? "created" : answer.error.code),
    );
  const comeUp = () => {
    const host = new EnvironmentHost("w1", guess);
    const gone = new Promise<string>(() => {});
    launched.resolve({ link: host, catalogue: host.catalogue, capacity: 8, gone, stop: async () => {} });
  };
  return { system, clock, answers, create, comeUp, fail: () => launched.reject(new Error("no data")) };
}

test("creates that come while the environment loads wait for its first worker, in order", async () => {
  const { answers, create, comeUp, system } = await loading();
  create();
  create("nope");
  expect(system.load.waiting.get("guess")).toBe(2);
  expect(() => create()).toThrow("2 creates wait already");
  comeUp();
  await settle();
  expect(answers).toEqual(["created", "unknown_task"]);
  expect([system.size, system.load.waiting.get("guess")]).toEqual([1, 0]);
});

test("they hear why when no worker comes up, when it takes too long, and when the server stops", async () => {
  const failing = await loading();
  failing.create();
  failing.fail();
  await settle();
  expect(failing.answers).toEqual(["unavailable_environment"]);

  const late = await loading();
  late.create();
  late.clock.increment(120_050);
  expect(late.answers).toEqual(["overloaded"]);

  const stopping = await loading();
  stopping.create();
  void stopping.system.stop();
  expect([stopping.answers, stopping.system.deadlines.size]).toEqual([["shutting_down"], 0]);
});
