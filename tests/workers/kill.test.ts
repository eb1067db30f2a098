import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/client/index.ts";
import { createStepwell, startStepwell } from "../../src/stepwell.ts";
import { endpointFolders, processesWith } from "./processes.ts";

const main = join(import.meta.dir, "../../src/cli/main.ts");
let runtime: string;

beforeAll(() => {
  runtime = mkdtempSync(join(tmpdir(), "sw-"));
  process.env.STEPWELL_RUNTIME_DIR = runtime;
});

afterAll(() => rmSync(runtime, { recursive: true, force: true }));

const say = (content: string) => ({ role: "assistant" as const, content });
const workers = () =>
  processesWith({ STEPWELL_RUNTIME_DIR: runtime }).filter(({ command }) => command.includes("worker --env guess"));

/** Waits for what happens in another process. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(10);
}

test("a worker that is killed in the middle of steps is no failure: they run on another one, each once", async () => {
  await using well = await createStepwell({ environments: ["guess"], launcher: "process", max_workers: 2 });
  const group = await well.createGroup("guess", "guess_42", 8);
  for (const instance of group) await instance.step(say("50"));
  const [worker] = workers();
  if (!worker) throw new Error("there is no worker");
  // It stands still, so that the steps are under way when it dies.
  process.kill(worker.pid, "SIGSTOP");
  const running = group.map((instance) => instance.step(say("42")));
  process.kill(worker.pid, "SIGKILL");
  for (const step of await Promise.all(running)) {
    expect([step.reward, step.info.step, step.info.end_reason]).toEqual([1, 2, "completed"]);
  }
  for (const instance of group) expect((await instance.evaluate()).verdict).toEqual({ valid: true, guesses: 2 });
});

test("a worker that stands still past the deadline of a step is given up, and the step runs elsewhere", async () => {
  const options = { launcher: "process", max_workers: 2, worker_timeout_s: 1 };
  await using well = await createStepwell({ environments: ["guess"], ...options });
  const instance = await well.create("guess", "guess_42");
  const [worker] = workers();
  if (!worker) throw new Error("there is no worker");
  process.kill(worker.pid, "SIGSTOP");
  const running = instance.step(say("42"));
  // The one place of the first worker is not free, so the pool needs a second one.
  await until(() => workers().length === 2 || well.size === 0);
  expect((await running).reward).toBe(1);
});

test("the pool is full again after its worker was killed, and creates go on", async () => {
  await using well = await createStepwell({ environments: ["guess"], launcher: "process", workers: 2, max_workers: 2 });
  const before = workers().map(({ pid }) => pid);
  expect(before.length).toBe(2);
  for (const pid of before) process.kill(pid, "SIGKILL");
  await until(() => workers().filter(({ pid }) => !before.includes(pid)).length === 2);
  expect((await well.create("guess", "guess_1")).state.length).toBe(1);
});

test("workers of a server that is killed end by themselves, and the next server removes what is left", async () => {
  await using server = Bun.spawn(
    [process.execPath, main, "serve", "--drain", "0", "--port", "0", "--env", "guess", "--launcher", "process"],
    {
      env: { ...process.env, STEPWELL_RUNTIME_DIR: runtime },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  const { value } = await server.stdout.getReader().read();
  const address = /ws:\S+/.exec(new TextDecoder().decode(value))?.[0] ?? "";
  const client = await connect(address);
  await until(() => workers().length === 1);
  const held = client.create("guess", "guess_42");
  await held;
  server.kill("SIGKILL");
  await server.exited;
  await client.close();
  await until(() => workers().length === 0);
  expect(endpointFolders(runtime).length).toBe(1);
  await using next = await createStepwell({ environments: ["guess"], launcher: "process" });
  expect([next.served, endpointFolders(runtime).length]).toEqual([["guess"], 1]);
});

test("a worker dials in from elsewhere, its instances live there, and none is taken without the token", async () => {
  const options = { environments: ["guess"], port: 0, launcher: "dial-in", worker_token: "secret" };
  await using well = startStepwell(options);
  const address = `${well.listen()}/worker`;
  await well.settled;
  expect(well.readiness.unavailable).toEqual({ guess: "no worker of guess has dialled in yet" });
  const dial = (token: string) =>
    Bun.spawn([process.execPath, main, "worker", "--env", "guess", "--url", address, "--capacity", "2"], {
      env: { ...process.env, STEPWELL_WORKER_TOKEN: token },
      stdout: "ignore",
      stderr: "pipe",
    });
  await using stranger = dial("guessed");
  expect(await new Response(stranger.stderr).text()).toContain("worker_token");
  expect(await stranger.exited).toBe(1);
  await using worker = dial("secret");
  await until(() => well.served.includes("guess"));
  const [one, two] = await well.createGroup("guess", "guess_42", 2);
  expect((await one?.step(say("42")))?.reward).toBe(1);
  await expect(well.createGroup("guess", "guess_42", 3)).rejects.toThrow("n is 3");
  // Another one comes when the first is killed: what lived there is rebuilt on it.
  worker.kill("SIGKILL");
  await worker.exited;
  await using second = dial("secret");
  expect((await two?.step(say("42")))?.reward).toBe(1);
  await well.stop();
  expect(await second.exited).toBe(0);
});

test("a server without a worker_token takes no workers", async () => {
  await using well = await createStepwell({ environments: ["guess"], port: 0 });
  const answer = await fetch(well.listen().replace("ws:", "http:").replace("/v1", "/v1/worker"));
  expect([answer.status, await answer.json()]).toMatchObject([
    403,
    { detail: expect.stringContaining("worker_token") },
  ]);
});
