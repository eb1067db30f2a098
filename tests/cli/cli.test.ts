import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dir, "../../src/cli/main.ts");

function start(args: string[], env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, main, ...args], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function run(args: string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

test("demo guess solves every task through a socket and prints the table", async () => {
  const { out, code } = await run(["demo", "guess"]);
  expect(code).toBe(0);
  expect(out).toContain("50/50 at reward 1");
  expect(out).toContain("mean reward");
});

test("demo without the data of bfcl and without a way to them says the three ways and shows guess", async () => {
  const nowhere = { STEPWELL_CACHE: "/nonexistent", STEPWELL_BFCL_WHEEL: "/nonexistent.whl" };
  const { out, err, code } = await run(["demo", "bfcl"], nowhere);
  expect(err).toContain("STEPWELL_BFCL_WHEEL");
  expect(out).toContain("50/50 at reward 1");
  expect(code).toBe(0);
});

test("tasks lists a split, as a table or a JSON object a line", async () => {
  const { out } = await run(["tasks", "guess", "--split", "test", "--limit", "2", "--json"]);
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([{ task_id: "guess_2" }, { task_id: "guess_4" }]);
  expect((await run(["tasks", "guess", "--split", "test"])).out).toContain("50 tasks");
});

test("a wrong split is an error of one line and exit code 1", async () => {
  const { err, code } = await run(["tasks", "guess", "--split", "nope"]);
  expect([err, code]).toEqual(['stepwell: guess has the splits train and test, not "nope"\n', 1]);
});

test("wrong usage is exit code 2, help is 0 and has examples", async () => {
  expect((await run(["frobnicate"])).code).toBe(2);
  expect((await run(["demo", "--concurrency", "many"])).code).toBe(2);
  for (const command of ["serve", "demo", "pull", "tasks"]) {
    const { out, code } = await run([command, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain("Example");
  }
});

test("pull of an environment without data says so", async () => {
  expect(await run(["pull", "guess"])).toEqual({ out: "guess needs no data\n", err: "", code: 0 });
});

test("serve drains on SIGTERM and ends with 0", async () => {
  const child = start(["serve", "--port", "0", "--env", "guess"]);
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toContain("stepwell serves ws://127.0.0.1:");
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(await new Response(child.stderr).text()).toContain("stopped");
});

test("wrong options are named", async () => {
  const { err, code } = await run(["serve", "--env", "guess"], { STEPWELL_IDLE_TIMEOUT_S: "soon" });
  expect(code).toBe(1);
  expect(err).toContain("idle_timeout_s");
});

test("a catalogue is generated, pulled from its folder, and shown from the cache", async () => {
  const home = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  try {
    const env = { STEPWELL_CACHE: join(home, "cache") };
    const files = join(home, "files");
    expect((await run(["webshop", "generate", files, "--products", "60"], env)).code).toBe(0);
    const none = await run(["pull", "webshop"], env);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("--from FOLDER")]);
    const pulled = await run(["pull", "webshop", "--from", files], env);
    expect([pulled.code, pulled.out]).toEqual([0, `${join(home, "cache", "webshop", "catalogue")}\n`]);
    const { out } = await run(["demo", "webshop"], env);
    expect(out).toContain("120/120 at reward 1");
    expect((await run(["webshop", "build", files, join(home, "built")], env)).code).toBe(0);
    const tasks = await run(["tasks", "webshop"], { ...env, STEPWELL_WEBSHOP_DATA: join(home, "built") });
    expect(tasks.out).toContain("120 tasks");
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
