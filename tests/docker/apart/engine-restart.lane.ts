import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { buildImage } from "../../../src/containers/image.ts";
import { imageTag, ownImage } from "../../../src/containers/own-images.ts";
import { endpointFolders } from "../../workers/processes.ts";
import { baseImage, isSkipped, notRun, testEngine } from "../engine.ts";
import { NodeContainers } from "../node-containers.ts";
import { Served } from "../served.ts";
import { SuiteWorkers } from "../suite-workers.ts";
import { OwnEngine } from "./own-engine.ts";

const runtime = mkdtempSync(join(tmpdir(), "sw-"));
process.env.STEPWELL_RUNTIME_DIR = runtime;

const request = { task_id: "guess_42", params: {}, seed: null, started_at: 0 };
const guessing = (content: string) => ({ role: "assistant" as const, content });

describe.skipIf(isSkipped)(`an engine that goes away and comes back${notRun}`, () => {
  const own = new OwnEngine();
  const maker = new SuiteWorkers();
  const suite = new SuiteWorkers(own.engine);

  beforeAll(async () => {
    await Promise.all([maker.build(), own.start()]);
    await suite.load();
  }, 600_000);

  afterAll(async () => {
    await maker.removeImage();
    await own.remove();
    rmSync(runtime, { recursive: true });
  }, 120_000);

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`${signal}: a launch is refused with what is missing; afterwards all is as before, and nothing is left`, async () => {
      const worker = await suite.launcher("guess").launch(`before-${signal}`);
      await worker.link.create("i1", request);
      await own.kill(signal);
      expect((await own.engine.state()).kind).toBe("absent");
      await expect(suite.launcher("guess").launch(`meanwhile-${signal}`)).rejects.toThrow(
        "no Docker engine answers at",
      );

      await own.start();
      await worker.stop();
      expect(typeof (await worker.gone)).toBe("string");
      const again = await suite.launcher("guess").launch(`after-${signal}`);
      try {
        expect((await again.link.create("i1", request)).kind).toBe("ok");
        const step = await again.link.step("i1", guessing("42"));
        expect(step.kind === "ok" && step.value.reward).toBe(1);
      } finally {
        await again.stop();
      }
      await suite.containers.reap();
      expect(await suite.left()).toEqual([]);
      expect(endpointFolders(runtime)).toEqual([]);
    }, 240_000);
  }

  test("SIGKILL under a server: its live instances are rebuilt and score, its pool is full again, and nothing is left", async () => {
    const tag = imageTag("stepwell", packageJson.version);
    await buildImage(testEngine(), tag, ownImage("stepwell", baseImage(), process.env), () => {});
    await suite.load(tag);
    const node = `er${process.pid}`;
    const containers = new NodeContainers(node, () => own.engine);
    const served = await Served.start(
      ["--drain", "0", "--env", "guess", "--launcher", "docker", "--workers", "1", "--max-workers", "1"],
      { DOCKER_HOST: own.engine.address, STEPWELL_RUNTIME_DIR: runtime, STEPWELL_NODE: node },
    );
    try {
      const group = await served.client.createGroup("guess", "guess_42", 4);
      for (const instance of group) await instance.step(guessing("50"));
      const [before] = await containers.ids();
      await own.kill("SIGKILL");
      await own.start();
      const steps = await Promise.all(group.map((instance) => instance.step(guessing("42"))));
      expect(steps.map(({ reward, info }) => [reward, info.failure])).toEqual(group.map(() => [1, undefined]));
      for (const instance of group) expect(await instance.evaluate()).toMatchObject({ reward: 1, failure: null });
      // The engine ended the container of before when it came back: another one has taken its place.
      for (;;) {
        const now = await containers.ids(false);
        if (now.length === 1 && now[0] !== before) break;
        await Bun.sleep(100);
      }
      await using again = await served.client.create("guess", "guess_42");
      expect((await again.step(guessing("42"))).reward).toBe(1);
    } finally {
      await served.stop();
    }
    expect(await containers.ids()).toEqual([]);
    expect(endpointFolders(runtime)).toEqual([]);
  }, 600_000);
});
