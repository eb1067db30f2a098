import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcherSuite } from "../../src/testing/launcher-suite.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { processLauncher } from "../../src/workers/process.ts";
import { REMOTE_LIMITS } from "../../src/workers/remote-channel.ts";
import { endpointFolders, processesWith } from "./processes.ts";

/**
 * The worker kit of Python under the suite of the launchers, with the example of examples/python-environment. Needs a
 * Python that has the package: STEPWELL_KIT_PYTHON, which `.ci/run` sets.
 */
const python = process.env.STEPWELL_KIT_PYTHON;
if (!python) throw new Error("not run: set STEPWELL_KIT_PYTHON to a Python that has the package of python/");

const runtime = mkdtempSync(join(tmpdir(), "sw-"));
process.env.STEPWELL_RUNTIME_DIR = runtime;
afterAll(() => rmSync(runtime, { recursive: true }));

const CLASSES = { guess: "WithChild", throwing: "Throwing", broken: "Broken" };

const launcherOf = (called: keyof typeof CLASSES) =>
  processLauncher({
    server: "stepwell test",
    deadlines: new Deadlines(systemClock),
    limits: REMOTE_LIMITS,
    log: { info: () => {}, error: () => {} },
    env_type: "guess",
    program: () => ({
      command: [python, "-m", "stepwell.worker.cli", `suite_environments:${CLASSES[called]}`],
      env: { STEPWELL_SUITE: runtime },
      cwd: import.meta.dir,
    }),
  });

launcherSuite(
  "process, Python",
  (_, called) => launcherOf(called),
  { test, expect },
  {
    kill: (worker_id) => {
      for (const { pid, command } of processesWith({ STEPWELL_SUITE: runtime, STEPWELL_WORKER_ID: worker_id })) {
        if (command.includes("worker.cli")) process.kill(pid, "SIGKILL");
      }
    },
    left: () => [
      ...processesWith({ STEPWELL_SUITE: runtime }).map(({ command }) => command),
      ...endpointFolders(runtime),
    ],
    broken: launcherOf("broken"),
  },
);
