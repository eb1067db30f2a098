import { expect, test } from "bun:test";
import { guess } from "../../src/environments/guess/environment.ts";
import { createStepwell, startStepwell } from "../../src/stepwell.ts";
import { launcherSuite } from "../../src/testing/launcher-suite.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { REMOTE_LIMITS } from "../../src/workers/remote-channel.ts";
import { threadLauncher } from "../../src/workers/thread.ts";
import { expectLateEpisode } from "./late-episode.ts";

const program = new URL("./suite-thread.ts", import.meta.url);
const request = { task_id: "guess_42", params: {}, seed: null, started_at: 0 };
const say = (content: string) => ({ role: "assistant" as const, content });

const launcherOf = (load: string, limits = REMOTE_LIMITS) =>
  threadLauncher({ env_type: "guess", deadlines: new Deadlines(systemClock), limits, program, load });

launcherSuite("thread", (_, called) => launcherOf(called), { test, expect });

test("a thread that ends ends what it was asked with worker_lost, and says so", async () => {
  const worker = await launcherOf("exiting").launch("w1");
  await worker.link.create("i1", request);
  const step = await worker.link.step("i1", say("50"));
  expect(step.kind === "failure" && step.failure.kind).toBe("worker_lost");
  expect(await worker.gone).toContain("the thread");
  const later = await worker.link.evaluate("i1");
  expect(later.kind === "failure" && later.failure.kind).toBe("worker_lost");
  await worker.stop();
});

test("a step without an end is given up at its deadline, and stop ends its thread", async () => {
  const worker = await launcherOf("endless", { ...REMOTE_LIMITS, step_ms: 100 }).launch("w1");
  await worker.link.create("i1", request);
  const step = await worker.link.step("i1", say("50"));
  expect(step.kind === "failure" && step.failure.kind).toBe("worker_timeout");
  await worker.stop();
  expect(await worker.gone).toBe("stopped");
});

test("an environment that answers later is waited for, and keeps nobody waiting", async () => {
  const worker = await launcherOf("late").launch("w1");
  await expectLateEpisode(worker);
  await worker.stop();
});

test("a thread that cannot load what it hosts is an Error with its message", async () => {
  await expect(launcherOf("broken").launch("w1")).rejects.toThrow("there are no data");
});

test("a launch that is given up rejects", async () => {
  const abort = new AbortController();
  const launching = launcherOf("guess").launch("w1", abort.signal);
  abort.abort();
  await expect(launching).rejects.toThrow("stopped before it was ready");
});

test("the threads of the product host its environments", async () => {
  const launcher = threadLauncher({ env_type: "guess", deadlines: new Deadlines(systemClock), limits: REMOTE_LIMITS });
  const worker = await launcher.launch("w1");
  const created = await worker.link.create("i1", request);
  expect(created.kind).toBe("ok");
  await worker.stop();
});

test("an episode on a thread goes as one in this process, to the byte", async () => {
  const results = [];
  for (const launcher of ["in-process", "thread"]) {
    await using well = await createStepwell({ environments: ["webshop"], launcher });
    expect(well.hosting).toEqual([{ env_type: "webshop", launcher }]);
    await using instance = await well.create("webshop", "webshop_3", { seed: 7 });
    const { instance_id: _, ...info } = instance.info;
    const steps = [];
    for (const action of ["search[<r>]", "search[sun hat]", "click[next >]", "click[nowhere]", "hello"]) {
      steps.push(await instance.step(say(action)));
    }
    results.push({ state: instance.state, info, steps, score: await instance.evaluate() });
  }
  expect(results[1]).toEqual(results[0] as never);
});

test("an environment of the embedding program cannot live on a thread, and says so", () => {
  const make = () =>
    startStepwell({ environments: ["guess"], launcher: "thread" }, { environments: { guess: () => guess } });
  expect(make).toThrow("only the native environments of Stepwell can");
});
