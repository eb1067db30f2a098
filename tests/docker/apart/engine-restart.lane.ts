import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpointFolders } from "../../workers/processes.ts";
import { isSkipped, notRun } from "../engine.ts";
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
});
