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
  /** Ends the worker that is asked to step with these words, before it answers. */
  poison: string | null = null;
  /** An instance whose next step is answered with worker_lost, while its worker lives on. */
  lose: string | null = null;

  async launch(worker_id: string): Promise<Worker> {
    const host = new EnvironmentHost(worker_id, this.environment);
    const { promise: gone, resolve } = Promise.withResolvers<string>();
    const asked: string[] = [];
    let dead = false;
    const kill = () => {
      dead = true;
      resolve("killed");
    };
    const later =
      <A extends unknown[], T>(op: string, call: (...args: A) => T) =>
      async (...args: A): Promise<Awaited<T>> => {
        asked.push(op);
        if (op === "step" && (args[1] as { content?: string }).content === this.poison) kill();
        if (this.silent || dead) return new Promise<never>(() => {});
        await Promise.resolve();
        if (op === "step" && args[0] === this.lose) {
          this.lose = null;
          return { kind: "failure", failure: { kind: "worker_lost", message: "its process is gone" } } as Awaited<T>;
        }
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
    this.workers.push({ kill, asked });
    return { link, catalogue: host.catalogue, capacity: 2, gone, stop: async () => resolve("stopped") };
  }
}

const caller = { principal: "default", holder: null };
const say = (content: string) => ({ role: "assistant" as const, content });

async function start(environment: Environment = guess) {
  const launcher = new FragileWorkers();
  launcher.environment = environment;
  const well = await simulatedWell({ launcher, max_workers: 2, pool: { patience: 100 } });
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

test("I10: an action that takes every worker down is tried three times elsewhere, and ends in a failure, never in a reward", async () => {
  const { launcher, step, evaluate, clock } = await start();
  await step("50");
  launcher.poison = "42";
  const running = step("42");
  for (let tries = 0; tries < 10; tries++) {
    await settle();
    clock.increment(10_000);
  }
  const result = given(await running);
  expect([result.reward, result.is_terminated, result.info.failure?.kind]).toEqual([null, true, "worker_lost"]);
  expect(launcher.workers.filter(({ asked }) => asked.includes("create")).length).toBe(4);
  expect([given(await evaluate()).reward, given(await evaluate()).failure?.kind]).toEqual([null, "worker_lost"]);
});

/** `guess` in which the word "crash" ends the episode as code that had to be killed does. */
const crashing: Environment = {
  ...guess,
  create: (request) => {
    const episode = guess.create(request);
    const action = { valid: true, format: "text", parse_errors: [] };
    const state = [{ role: "user" as const, content: "Your code was ended." }];
    return {
      state: episode.state,
      tools: episode.tools,
      info: episode.info,
      prompt_sha256: episode.prompt_sha256,
      step: (said) =>
        said.content === "crash" ? { state, reward: 0, end_reason: "action_crash", action } : episode.step(said),
      evaluate: () => episode.evaluate(),
      inspect: (query) => episode.inspect(query),
    };
  },
};

test("I11: an action that crashed is never replayed: its score is the one of that moment, also when the worker is lost", async () => {
  const { launcher, step, evaluate, store } = await start(crashing);
  await step("50");
  const crashed = given(await step("crash"));
  expect([crashed.info.end_reason, crashed.reward, crashed.is_terminated]).toEqual(["action_crash", 0, true]);
  const before = given(await evaluate());
  launcher.workers[0]?.kill();
  await settle();
  expect(given(await evaluate())).toEqual(before);
  expect([before.reward, before.failure, before.end_reason]).toEqual([0, null, "action_crash"]);
  expect(launcher.workers.slice(1).flatMap(({ asked }) => asked)).toEqual([]);
  expect(store.read("one")?.entries.at(-1)?.crash_score).toMatchObject({ reward: 0, success: false });
});

test("I11: without replay a lost worker ends the episode with a failure, whether it waits or runs", async () => {
  for (const when of ["waiting", "running"]) {
    const { launcher, step, evaluate } = await start({ ...guess, replay: "none" });
    await step("50");
    launcher.silent = when === "running";
    const running = when === "running" ? step("42") : null;
    await settle();
    launcher.workers[0]?.kill();
    await settle();
    if (running) expect(given(await running).info.failure?.kind).toBe("worker_lost");
    const score = given(await evaluate());
    expect([score.reward, score.failure?.kind]).toEqual([null, "worker_lost"]);
    expect(launcher.workers.slice(1).flatMap(({ asked }) => asked)).toEqual([]);
  }
});

test("an instance that its worker says was lost is rebuilt, and the others of that worker are not touched", async () => {
  const { launcher, step } = await start();
  await step("50");
  launcher.lose = "one";
  expect(given(await step("42")).reward).toBe(1);
  expect(launcher.workers.flatMap(({ asked }) => asked)).toEqual(["create", "step", "step", "create", "step", "step"]);
});

test("an action clock that outlasts the server's own deadline is the caller's mistake", async () => {
  const { system } = await start();
  const query = {
    env_type: "guess",
    task_id: "guess_1",
    seed: null,
    n: null,
    labels: {},
    expect: {},
    instance_id: null,
  };
  expect(() => system.create(caller, { ...query, params: { action_timeout_s: 60 } }, () => {})).toThrow(
    "below the server's",
  );
});
