import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OptionsInput } from "../../src/options.ts";
import { createStepwell, type Stepwell } from "../../src/stepwell.ts";
import { endpointFolders, processesWith } from "./processes.ts";

let runtime: string;

beforeAll(() => {
  runtime = mkdtempSync(join(tmpdir(), "sw-"));
  process.env.STEPWELL_RUNTIME_DIR = runtime;
});

afterAll(() => {
  expect(endpointFolders(runtime)).toEqual([]);
  expect(processesWith({ STEPWELL_RUNTIME_DIR: runtime }).filter(({ pid }) => pid !== process.pid)).toEqual([]);
  rmSync(runtime, { recursive: true });
});

const say = (content: string) => ({ role: "assistant" as const, content });

const hosted = (options: OptionsInput = {}): Promise<Stepwell> =>
  createStepwell({ environments: ["guess"], launcher: "process", ...options });

/** Processes of workers, by the name that they were given. */
const workers = () =>
  processesWith({ STEPWELL_RUNTIME_DIR: runtime }).filter(({ command }) => command.includes("worker --env guess"));

test("an episode in a process of its own goes as one in this process, to the byte", async () => {
  await using here = await createStepwell({ environments: ["guess"] });
  await using there = await hosted();
  expect(there.hosting).toEqual([{ env_type: "guess", launcher: "process" }]);
  const results = [];
  for (const well of [here, there]) {
    await using instance = await well.create("guess", "guess_42", { seed: 7, params: { tries: 5 } });
    const steps = [await instance.step(say("50")), await instance.step(say("no")), await instance.step(say("42"))];
    const { instance_id: _, ...info } = instance.info;
    results.push({ state: instance.state, info, steps, score: await instance.evaluate() });
  }
  expect(results[1]).toEqual(results[0] as never);
});

test("instances of a worker that is killed while they wait are rebuilt elsewhere, and end as if nothing had been", async () => {
  await using well = await hosted({ max_workers: 2, instances_per_worker: 4 });
  const group = await well.createGroup("guess", "guess_42", 4);
  for (const instance of group) await instance.step(say("50"));
  const before = workers();
  expect(before.length).toBe(1);
  for (const { pid } of before) process.kill(pid, "SIGKILL");
  const steps = await Promise.all(group.map((instance) => instance.step(say("42"))));
  expect(steps.map(({ reward, info }) => [reward, info.step, info.failure])).toEqual(
    Array.from({ length: 4 }, () => [1, 2, undefined]),
  );
  expect(workers().every(({ pid }) => pid !== before[0]?.pid)).toBe(true);
  for (const instance of group) expect((await instance.evaluate()).success).toBe(true);
});

test("as many workers come as the creates need, no more than told, and a create past them waits its turn", async () => {
  await using well = await hosted({ max_workers: 2, instances_per_worker: 2 });
  const four = await Promise.all(["1", "3", "5", "7"].map((n) => well.create("guess", `guess_${n}`)));
  expect(workers().length).toBe(2);
  const fifth = well.create("guess", "guess_9");
  await four[0]?.release();
  expect((await fifth).state.length).toBe(1);
  expect(workers().length).toBe(2);
  await expect(well.createGroup("guess", "guess_9", 5)).rejects.toThrow("room for 4 instances of guess");
});
