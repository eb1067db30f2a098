import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildImage, findImage } from "../../src/containers/image.ts";
import { imageTag, ownImage } from "../../src/containers/own-images.ts";
import {
  attempt,
  GOT_NOTHING,
  NOTHING_DONE,
  PRIVATE,
  playEveryTask,
  python,
  ROOT,
  solution,
  TASK,
  textOf,
} from "../environments/appworld/messages.ts";
import { endpointFolders } from "../workers/processes.ts";
import { readAttacks } from "./attacks.ts";
import { baseImage, isSkipped, notRun, testEngine } from "./engine.ts";
import { NodeContainers } from "./node-containers.ts";
import { Served } from "./served.ts";
import { runSmokeTest } from "./smoke-test.ts";

const BUILD_MS = 1_800_000;
const runtime = mkdtempSync(join(tmpdir(), "sw-"));
const NODE = `aw${process.pid}`;
const containers = new NodeContainers(NODE);
const read = (path: string) => containers.run(`cat ${ROOT}/${path}`);

describe.skipIf(isSkipped)(`AppWorld in a container${notRun}`, () => {
  const tag = imageTag("appworld", packageJson.version);
  let served: Served;

  beforeAll(async () => {
    await buildImage(testEngine(), tag, ownImage("appworld", baseImage(), process.env), () => {});
    // No launcher is named: a Docker engine answers, so it has to be a container.
    served = await Served.start(
      ["--drain", "0", "--env", "appworld", "--max-workers", "1"],
      // No data of this machine: the small set of the image is served.
      { STEPWELL_RUNTIME_DIR: runtime, STEPWELL_NODE: NODE, STEPWELL_APPWORLD_ROOT: join(runtime, "none") },
    );
  }, BUILD_MS);

  afterAll(async () => {
    await served?.stop();
    expect(await containers.ids()).toEqual([]);
    expect(endpointFolders(runtime)).toEqual([]);
    rmSync(runtime, { recursive: true });
  });

  test("its image has a user that is not root, and nothing of the machine that built it", async () => {
    expect(await findImage(testEngine(), tag)).toMatchObject({ user: "10001:10001" });
    expect(await containers.run("ls /build /ca.crt ~root/.cache 2>/dev/null; command -v pip gcc; true")).toBe("");
  });

  test("its smoke test passes: a worker that dials in by itself, without any privilege, scores as it should", async () => {
    const server = imageTag("stepwell", packageJson.version);
    await buildImage(testEngine(), server, ownImage("stepwell", baseImage(), process.env), () => {});
    const { code, text } = await runSmokeTest("appworld", tag, server);
    expect(text).toContain(`${tag} works\n`);
    expect(code).toBe(0);
  }, 600_000);

  test("its container has no network, no writable disk and three capabilities, and its children none", async () => {
    expect(await containers.run("ls /sys/class/net")).toBe("lo\n");
    expect(await containers.run("touch /srv/x /opt/x /run/stepwell/x 2>&1 | grep -c 'Read-only'")).toBe("3\n");
    // KILL, SETGID, SETUID: bits 5 to 7.
    expect(await containers.run("grep CapBnd /proc/self/status")).toContain("00000000000000e0");
  });

  test("every task of the small set: doing nothing and the wrong end score 0, the right solution 1", () =>
    playEveryTask(served.client, read));

  const attacks = readAttacks({
    root: ROOT,
    task: TASK,
    private: PRIVATE,
    scratch: "/tmp",
    worker_socket: "/run/stepwell/worker.sock",
  });

  for (const [name, body] of Object.entries(attacks.attempts)) {
    test(`an attempt gets nothing: ${name}`, async () => {
      await using instance = await served.client.create("appworld", TASK);
      const said = textOf(await instance.step(python(attempt(body))));
      expect(said).toMatch(GOT_NOTHING);
      expect(said).not.toContain(PRIVATE);
      expect(await containers.run("ls -d /tmp/written 2>/dev/null; true")).toBe("");
      expect((await instance.evaluate()).reward_parts).toEqual(NOTHING_DONE);
      expect((await instance.step(python(await solution(read, TASK)))).reward).toBe(1);
    });
  }

  for (const [name, code] of Object.entries(attacks.frames)) {
    test(`a raw frame to the API process earns nothing and hangs nothing: ${name}`, async () => {
      await using instance = await served.client.create("appworld", TASK, { params: { action_timeout_s: 3 } });
      let step = await instance.step(python(code));
      // What it left unread or unsaid ends the next run, if it does.
      if (step.info.end_reason === undefined) step = await instance.step(python("print(1)"));
      expect([undefined, "action_crash"]).toContain(step.info.end_reason);
      expect([step.reward, step.info.failure]).toEqual([0, undefined]);
      expect((await instance.evaluate()).reward_parts).toEqual(NOTHING_DONE);
    });
  }

  test("what is no error, what runs too long and too many calls are observations, and the episode goes on", async () => {
    await using instance = await served.client.create("appworld", TASK);
    for (const code of ["raise KeyboardInterrupt", "raise GeneratorExit", "raise SystemExit", "exit()"]) {
      expect(textOf(await instance.step(python(code)))).toStartWith("Execution");
    }
    const calls = "for _ in range(1005):\n    apis.supervisor.show_profile()";
    expect(textOf(await instance.step(python(calls)))).toContain("Number of requests exceeded the limit of 1000");
    const large = "apis.simple_note.create_note(title='x' * 2_000_000, content='', access_token='x')";
    expect(textOf(await instance.step(python(large)))).toContain("may have 1048576 bytes");
    await using slow = await served.client.create("appworld", TASK, { params: { action_timeout_s: 3 } });
    expect(textOf(await slow.step(python("while True:\n    pass")))).toContain("Execution timed out after 2 seconds");
    for (const each of [instance, slow]) expect((await each.step(python(await solution(read, TASK)))).reward).toBe(1);
  });

  for (const [name, code] of Object.entries(attacks.crashes)) {
    test(`its process does not survive it, and the episode ends with its true reward: ${name}`, async () => {
      await using instance = await served.client.create("appworld", TASK, { params: { action_timeout_s: 3 } });
      await instance.step(python((await solution(read, TASK)).replace("apis.supervisor.complete_task()", "pass")));
      const step = await instance.step(python(code));
      expect(step.info.end_reason).toBe("action_crash");
      expect([step.reward, (await instance.evaluate()).success]).toEqual([1, true]);
    });
  }

  test("a memory hog and 100 MB of output stay in their own episode", async () => {
    await using other = await served.client.create("appworld", TASK);
    await using hog = await served.client.create("appworld", TASK);
    const step = await hog.step(python("hog = []\nwhile True:\n    hog.append(bytearray(1 << 20))"));
    expect(step.info.end_reason === "action_crash" || textOf(step).includes("MemoryError")).toBe(true);
    await using loud = await served.client.create("appworld", TASK);
    expect(textOf(await loud.step(python("for _ in range(100):\n    print('x' * 1_000_000)"))).length).toBeLessThan(
      101_000,
    );
    expect((await other.step(python(await solution(read, TASK)))).reward).toBe(1);
  });

  test("a container that is killed in the middle of an episode: it is rebuilt from its log and scores", async () => {
    await using instance = await served.client.create("appworld", TASK);
    await instance.step(python("print(apis.supervisor.show_profile()['first_name'])"));
    const [old] = await containers.ids();
    const solved = python(await solution(read, TASK));
    await testEngine().call("kill", (docker) => docker.getContainer(old ?? "").kill());
    const last = await instance.step(solved);
    expect([last.reward, last.info.end_reason]).toEqual([1, "completed"]);
    expect(await containers.ids()).not.toContain(old ?? "");
  }, 300_000);

  test("nothing is held for episodes that are over", async () => {
    const processes = await containers.run("cat /proc/[0-9]*/comm 2>/dev/null | grep -c python; true");
    // The supervisor and two zygotes; the forks of instances are gone.
    expect(Number(processes)).toBeLessThanOrEqual(5);
  });
});
