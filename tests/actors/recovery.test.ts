import { expect, test } from "bun:test";
import type { Answer } from "../../src/actors/instance-requests.ts";
import type { Launcher, Worker, WorkerLink } from "../../src/actors/ports.ts";
import type { Environment } from "../../src/environments/environment.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import type { CreateResult, Evaluation, StepResult } from "../../src/protocol/messages.ts";
import { EnvironmentHost } from "../../src/workers/environment-host.ts";
import { settle, simulatedWell } from "./well.ts";

/** Workers that answer later, can be killed, and can be told to swallow what they are asked. */
class FragileWorkers implements Launcher {
  readonly kind = "fragile";
  readonly workers: { kill: () => void; asked: string[] }[] = [];
  environment: Environment = guess;
  silent = false;

  async launch(worker_id: string): Promise<Worker> {
    const host = new EnvironmentHost(worker_id, this.environment);
    const { promise: gone, resolve } = Promise.withResolvers<string>();
    const asked: string[] = [];
    let dead = false;
    const later =
      <A extends unknown[], T>(op: string, call: (...args: A) => T) =>
      async (...args: A): Promise<Awaited<T>> => {
        asked.push(op);
        if (this.silent || dead) return new Promise<never>(() => {});
        await Promise.resolve();
        return await call(...args);
      };
    const link: WorkerLink = {
      worker_id,
      create: later("create", host.create),
      step: later("step", host.step),
      evaluate: later("evaluate", host.evaluate),
      inspect: later("inspect", host.inspect),
      release: host.release,
    };
    const kill = () => {
      dead = true;
      resolve("killed");
    };
    this.workers.push({ kill, asked });
    return { link, catalogue: host.catalogue, capacity: 2, gone, stop: async () => resolve("stopped") };
  }
}

const caller = { principal: "default", holder: null };
const say = (content: string) => ({ role: "assistant" as const, content });

async function start() {
  const launcher = new FragileWorkers();
  const well = await simulatedWell({ launcher, max_workers: 2 });
  const created = await ask<CreateResult[]>((reply) =>
    well.system.create(
      caller,
      {
        env_type: "guess",
        task_id: "guess_42",
        params: {},
        seed: null,
        n: null,
        labels: {},
        expect: {},
        instance_id: "one",
      },
      reply,
    ),
  );
  expect(created.kind).toBe("ok");
  const step = (content: string) =>
    ask<StepResult>((reply) => well.system.step(caller, { instance_id: "one", action: say(content) }, reply));
  const evaluate = () => ask<Evaluation>((reply) => well.system.evaluate(caller, "one", reply));
  return { ...well, launcher, step, evaluate };
}

function ask<T>(send: (reply: (answer: Answer<T>) => void) => void): Promise<Answer<T>> {
  return new Promise((resolve) => send(resolve));
}

function given<T>(answer: Answer<T>): T {
  if (answer.kind === "error") throw answer.error;
  return answer.value;
}

test("an instance whose worker was lost while it waited is rebuilt at its next request, and nothing is lost", async () => {
  const { launcher, step, evaluate } = await start();
  const first = given(await step("50"));
  launcher.workers[0]?.kill();
  await settle();
  const second = given(await step("42"));
  expect([second.reward, second.is_terminated, second.info.step]).toEqual([1, true, 2]);
  expect(launcher.workers[1]?.asked).toEqual(["create", "step", "step"]);
  expect(given(await evaluate()).success).toBe(true);
  expect(first.info.observation_hash).not.toBe(second.info.observation_hash);
});

test("a worker that is lost in the middle of a step is no failure: the step runs on another one", async () => {
  const { launcher, step } = await start();
  await step("50");
  launcher.silent = true;
  const running = step("42");
  await settle();
  launcher.silent = false;
  launcher.workers[0]?.kill();
  expect(given(await running).reward).toBe(1);
});

test("a worker that does not answer within worker_timeout is given up, and the episode goes on elsewhere", async () => {
  const { launcher, step, clock } = await start();
  await step("50");
  launcher.silent = true;
  const running = step("42");
  await settle();
  launcher.silent = false;
  clock.increment(61_000);
  expect(given(await running).reward).toBe(1);
});

test("a rebuild that gives other observations ends in failure: diverged, with the reward null", async () => {
  const { launcher, step, evaluate } = await start();
  await step("50");
  // The same task answers in other words on the next worker.
  launcher.environment = { ...guess, create: (request) => guess.create({ ...request, task_id: "guess_77" }) };
  launcher.workers[0]?.kill();
  await settle();
  const result = given(await step("60"));
  expect([result.reward, result.is_terminated, result.info.failure?.kind]).toEqual([null, true, "diverged"]);
  const score = given(await evaluate());
  expect([score.reward, score.success, score.failure?.kind, score.end_reason]).toEqual([
    null,
    null,
    "diverged",
    "failure",
  ]);
});

test("after three rebuilds that failed the episode ends with a failure, never with a reward", async () => {
  const { launcher, step, clock } = await start();
  await step("50");
  launcher.silent = true;
  launcher.workers[0]?.kill();
  await settle();
  const running = step("42");
  for (let tries = 0; tries < 6; tries++) {
    await settle();
    launcher.workers.at(-1)?.kill();
    await settle();
    clock.increment(121_000);
  }
  const result = given(await running);
  expect([result.reward, result.info.end_reason]).toEqual([null, "failure"]);
});

test("a release while a step runs answers the step with cancelled and frees the worker", async () => {
  const { launcher, step, system } = await start();
  launcher.silent = true;
  const running = step("42");
  await settle();
  expect(system.release(caller, "one")).toBe(true);
  const answer = await running;
  expect(answer.kind === "error" && answer.error.code).toBe("cancelled");
  expect([system.size, system.deadlines.size]).toEqual([0, 0]);
});

test("a create that waits in line for a place ends with its deadline, and leaves nothing behind", async () => {
  const { system, clock } = await start();
  const query = {
    env_type: "guess",
    task_id: "guess_1",
    params: {},
    seed: null,
    labels: {},
    expect: {},
    instance_id: null,
  };
  const full = await ask<CreateResult[]>((reply) => system.create(caller, { ...query, n: 3 }, reply));
  expect(full.kind).toBe("ok");
  const waiting = ask<CreateResult[]>((reply) => system.create(caller, { ...query, n: 1 }, reply));
  await settle();
  clock.increment(121_000);
  const answer = await waiting;
  expect(answer.kind === "error" && answer.error.code).toBe("overloaded");
  expect(system.size).toBe(4);
});
