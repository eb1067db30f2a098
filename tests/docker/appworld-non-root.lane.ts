import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildImage } from "../../src/containers/image.ts";
import { imageTag, ownImage } from "../../src/containers/own-images.ts";
import {
  attempt,
  GOT_NOTHING,
  NOTHING_DONE,
  PRIVATE,
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

const runtime = mkdtempSync(join(tmpdir(), "sw-"));
const NODE = `nr${process.pid}`;
const containers = new NodeContainers(NODE);
const read = (path: string) => containers.run(`cat ${ROOT}/${path}`);

describe.skipIf(isSkipped)(`AppWorld in a container without root or a capability${notRun}`, () => {
  let served: Served;

  beforeAll(async () => {
    const tag = imageTag("appworld", packageJson.version);
    await buildImage(testEngine(), tag, ownImage("appworld", baseImage(), process.env), () => {});
    const template = join(runtime, "template.txt");
    writeFileSync(template, "You work for {{ main_user.first_name }}.");
    served = await Served.start(["--drain", "0", "--env", "appworld", "--max-workers", "1", "--container-non-root"], {
      STEPWELL_RUNTIME_DIR: runtime,
      STEPWELL_NODE: NODE,
      STEPWELL_APPWORLD_TEMPLATE: template,
      STEPWELL_APPWORLD_ROOT: join(runtime, "none"),
    });
  }, 1_800_000);

  afterAll(async () => {
    await served?.stop();
    expect(await containers.ids()).toEqual([]);
    expect(endpointFolders(runtime)).toEqual([]);
    rmSync(runtime, { recursive: true });
  });

  test("its worker is the image's user and has no capability", async () => {
    expect(await containers.run("id -u; grep -E 'Cap(Eff|Bnd)' /proc/self/status")).toBe(
      "10001\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
    );
  });

  test("the printed table says which wall is missing and what it needs, and that the others are up", () => {
    const row = (wall: string) => served.printed.split("\n").find((line) => line.startsWith(`${wall} `));
    expect(served.printed).toContain("Workers of appworld are in containers. Around a model's code:");
    expect(row("uid")).toMatch(/^uid +NO +missing: needs a worker that runs as root, or in a container with SETUID/);
    for (const wall of ["system calls", "limits", "deadline", "descriptors"]) expect(row(wall)).toMatch(/ yes /);
    expect(served.log).toContain('"open":{"uid":"missing: needs a worker');
  });

  test("the prompt is the template of this machine that a variable names", async () => {
    await using instance = await served.client.create("appworld", TASK);
    expect(String(instance.state[0]?.content)).toMatch(/^You work for [A-Z][a-z]+\.$/);
  });

  test("a task is solved, and doing nothing scores 0", async () => {
    await using idle = await served.client.create("appworld", TASK);
    expect((await idle.evaluate()).reward_parts).toEqual(NOTHING_DONE);
    await using instance = await served.client.create("appworld", TASK);
    expect(await instance.step(python(await solution(read, TASK)))).toMatchObject({ reward: 1 });
  });

  const { attempts } = readAttacks({
    root: ROOT,
    task: TASK,
    private: PRIVATE,
    scratch: "/tmp",
    worker_socket: "/run/stepwell/worker.sock",
  });

  test("no attempt gets anything: the list of system calls holds alone", async () => {
    for (const [name, body] of Object.entries(attempts)) {
      await using instance = await served.client.create("appworld", TASK);
      const said = textOf(await instance.step(python(attempt(body))));
      expect([name, said]).toEqual([name, expect.stringMatching(GOT_NOTHING)]);
      expect(said).not.toContain(PRIVATE);
      expect([name, (await instance.evaluate()).reward_parts]).toEqual([name, NOTHING_DONE]);
    }
    expect(await containers.run("ls -d /tmp/written 2>/dev/null; true")).toBe("");
  });
});
