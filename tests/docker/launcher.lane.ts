import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcherSuite } from "../../src/testing/launcher-suite.ts";
import { endpointFolders } from "../workers/processes.ts";
import { isSkipped, notRun } from "./engine.ts";
import { SuiteWorkers } from "./suite-workers.ts";

/** Short: the path of a unix socket has 104 bytes. */
const runtime = mkdtempSync(join(tmpdir(), "sw-"));
process.env.STEPWELL_RUNTIME_DIR = runtime;
afterAll(() => rmSync(runtime, { recursive: true }));

describe.skipIf(isSkipped)(`workers in containers${notRun}`, () => {
  const suite = new SuiteWorkers();
  beforeAll(() => suite.build(), 300_000);
  afterAll(() => suite.removeImage());

  launcherSuite(
    "docker",
    (_, called) => suite.launcher(called),
    { test, expect },
    {
      kill: (worker_id) => suite.kill(worker_id),
      left: async () => [...(await suite.left()), ...endpointFolders(runtime)],
      // Made when it is used: while the tests are named nothing is known of an engine.
      broken: { kind: "docker", launch: (worker_id) => suite.launcher("broken").launch(worker_id) },
    },
  );

  test("what a lost worker printed is in the log, with how its container ended", async () => {
    const worker = await suite.launcher("guess").launch("w1");
    await suite.kill("w1");
    await worker.gone;
    await worker.stop();
    const [line] = suite.logged.filter(({ worker_id }) => worker_id === "w1").slice(-1);
    expect(line).toMatchObject({ message: "worker lost", env_type: "guess" });
    expect(line?.reason).toContain("the container ended with code 137");
    expect(line?.output).toContain("hosting guess");
  });

  test("the socket is all that a worker has of this machine, and it cannot write beside it", async () => {
    const worker = await suite.launcher("guess").launch("w1");
    try {
      expect(await suite.exec("w1", "id -u; ls /run/stepwell; touch /run/stepwell/x 2>&1 || echo refused")).toBe(
        "10001\nworker.sock\ntouch: cannot touch '/run/stepwell/x': Read-only file system\nrefused\n",
      );
    } finally {
      await worker.stop();
    }
  });

  test("a program that does not register in time is ended, and the error shows what it wrote", async () => {
    await expect(suite.launcher("silent", { ready_ms: 2_000 }).launch("w1")).rejects.toThrow(
      /not ready in 2 s: waited for its worker to register; its last output:\nnothing to say/,
    );
    expect([...(await suite.left()), ...endpointFolders(runtime)]).toEqual([]);
  });
});
