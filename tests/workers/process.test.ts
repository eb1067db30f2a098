import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcherSuite } from "../../src/testing/launcher-suite.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { processLauncher } from "../../src/workers/process.ts";
import { REMOTE_LIMITS } from "../../src/workers/remote-channel.ts";
import { expectLateEpisode } from "./late-episode.ts";
import { endpointFolders, processesWith } from "./processes.ts";

const runtime = mkdtempSync(join(tmpdir(), "sw-"));
process.env.STEPWELL_RUNTIME_DIR = runtime;
afterAll(() => rmSync(runtime, { recursive: true }));

const context = {
  server: "stepwell test",
  deadlines: new Deadlines(systemClock),
  limits: REMOTE_LIMITS,
  log: { info: () => {}, error: () => {} },
  env_type: "guess",
};

const programOf = (...command: string[]) => ({
  program: () => ({ command, env: { STEPWELL_SUITE: runtime } }),
});

const launcherOf = (called: string) =>
  processLauncher({ ...context, ...programOf(process.execPath, join(import.meta.dir, "suite-worker.ts"), called) });

launcherSuite(
  "process",
  (_, called) => launcherOf(called),
  { test, expect },
  {
    kill: (worker_id) => {
      for (const { pid, command } of processesWith({ STEPWELL_SUITE: runtime, STEPWELL_WORKER_ID: worker_id })) {
        if (command.includes("suite-worker")) process.kill(pid, "SIGKILL");
      }
    },
    left: () => [
      ...processesWith({ STEPWELL_SUITE: runtime }).map(({ command }) => command),
      ...endpointFolders(runtime),
    ],
    broken: launcherOf("broken"),
  },
);

test("an environment that answers later is waited for, and keeps nobody waiting", async () => {
  const worker = await launcherOf("late").launch("w1");
  await expectLateEpisode(worker);
  await worker.stop();
});

test("a program that does not register in time is ended, and the error shows what it wrote", async () => {
  const launcher = processLauncher({
    ...context,
    ...programOf("sh", "-c", "echo still reading; sleep 600"),
    ready_ms: 300,
  });
  await expect(launcher.launch("w1")).rejects.toThrow(
    /did not register within 0.3 s; the end of its output:\nstill reading/,
  );
  await launcher.launch("w2").catch(() => {});
  expect(processesWith({ STEPWELL_SUITE: runtime })).toEqual([]);
});

test("a program that cannot be started says which", async () => {
  const launcher = processLauncher({ ...context, ...programOf("/nonexistent/worker") });
  await expect(launcher.launch("w1")).rejects.toThrow("/nonexistent/worker cannot be started");
  expect(endpointFolders(runtime)).toEqual([]);
});

test("temporary files of a worker that was killed go with its endpoint", async () => {
  const suite = join(import.meta.dir, "suite-worker.ts");
  const script = `touch "$TMPDIR/left-behind"; exec "${process.execPath}" "${suite}" guess`;
  const worker = await processLauncher({ ...context, ...programOf("sh", "-c", script) }).launch("w3");
  const [folder] = endpointFolders(runtime);
  expect(readdirSync(join(runtime, `stepwell-${process.getuid?.() ?? 0}`, folder ?? ""))).toContain("left-behind");
  for (const { pid } of processesWith({ STEPWELL_SUITE: runtime, STEPWELL_WORKER_ID: "w3" }))
    process.kill(pid, "SIGKILL");
  await worker.gone;
  await worker.stop();
  expect(endpointFolders(runtime)).toEqual([]);
});
