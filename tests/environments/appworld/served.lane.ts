/**
 * AppWorld through a server whose workers are processes of this machine, as in a pod without a Docker engine. Needs
 * `stepwell pull appworld --mini` with the same STEPWELL_CACHE: `npm run test:appworld`.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appworldPaths } from "../../../src/environments/appworld/paths.ts";
import { Served } from "../../docker/served.ts";
import { endpointFolders, processesWith } from "../../workers/processes.ts";
import { playEveryTask, python, solution, TASK } from "./messages.ts";

const { root, venv } = appworldPaths(process.env);
const isMissing = !existsSync(join(root, "data")) || !existsSync(venv);
const why = isMissing ? " (not run: run `stepwell pull appworld --mini` first)" : "";
const runtime = mkdtempSync(join(tmpdir(), "sw-"));
/** One that processes of instances inherit as well: by it all of them are found. */
const mark = { STEPWELL_APPWORLD_MARK: runtime };
const variables = { ...mark, STEPWELL_RUNTIME_DIR: runtime, DOCKER_HOST: "unix:///nowhere/docker.sock" };
const read = async (path: string) => readFileSync(join(root, path), "utf8");
const args = ["--drain", "0", "--env", "appworld", "--max-workers", "1"];

/** Everything that a server started, wherever it moved to. */
const left = () => processesWith(mark);
const workers = () => left().filter(({ command }) => command.includes("stepwell-worker"));

describe.skipIf(isMissing && process.env.CI !== "true")(`AppWorld without a Docker engine${why}`, () => {
  let served: Served;

  // No launcher is named: no engine answers, so workers are processes.
  beforeAll(async () => {
    served = await Served.start(args, variables);
  }, 300_000);

  afterAll(async () => {
    await served?.stop();
    await until(() => left().length === 0);
    expect(endpointFolders(runtime)).toEqual([]);
    rmSync(runtime, { recursive: true });
  });

  test("the table says what keeps a model's code in", () => {
    expect(served.printed).toContain("Workers of appworld are processes of this machine. Around a model's code:");
    expect(served.printed).toMatch(/^system calls +yes /m);
    expect(served.log).toContain("no container can be had");
  });

  test("every task of the small set: doing nothing and the wrong end score 0, the right solution 1", () =>
    playEveryTask(served.client, read));

  test("a worker that is killed in the middle of an episode: it is rebuilt from its log and scores", async () => {
    await using instance = await served.client.create("appworld", TASK);
    await instance.step(python("print(apis.supervisor.show_profile()['first_name'])"));
    const before = workers();
    expect(before.length).toBe(1);
    for (const { pid } of before) process.kill(pid, "SIGKILL");
    const last = await instance.step(python(await solution(read, TASK)));
    expect([last.reward, last.info.end_reason]).toEqual([1, "completed"]);
    expect(workers().map(({ pid }) => pid)).not.toContain(before[0]?.pid);
  }, 300_000);

  test("a server that is killed leaves no process, and the next one starts anew", async () => {
    const instance = await served.client.create("appworld", TASK);
    await instance.step(python("print(1)"));
    // The server, the worker, two zygotes, two processes of the instance.
    expect(left().length).toBe(6);
    await served.kill();
    await until(() => left().length === 0);
    served = await Served.start(args, variables);
    expect(endpointFolders(runtime).length).toBe(1);
    await using again = await served.client.create("appworld", TASK);
    expect((await again.step(python(await solution(read, TASK)))).reward).toBe(1);
  }, 300_000);

  test("with --require-container nothing is started", async () => {
    const strict = await Served.start([...args, "--require-container"], { ...variables, STEPWELL_NODE: "strict" });
    try {
      await expect(strict.client.create("appworld", TASK)).rejects.toThrow("no Docker engine answers at");
    } finally {
      await strict.stop();
    }
  });
});

/** Asks until it holds; the runner's own deadline ends it otherwise. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(50);
}
