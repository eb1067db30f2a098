import { type SuiteEnvironment, suiteEnvironments } from "../../src/testing/launcher-suite.ts";
import { EnvironmentHost } from "../../src/workers/environment-host.ts";
import { serveWorker } from "../../src/workers/host.ts";
import { late } from "./late-environment.ts";

/** The worker program of the launcher suite: hosts one of its environments, with a child process beside it. */
const { STEPWELL_WORKER_URL = "", STEPWELL_WORKER_TOKEN, STEPWELL_WORKER_ID = "" } = process.env;
const called = process.argv[2] as SuiteEnvironment | "late" | "broken" | "silent";
if (called === "broken") {
  console.error("there are no data");
  process.exit(3);
}
if (called === "silent") {
  console.error("nothing to say");
  await new Promise(() => setInterval(() => {}, 1_000_000));
}
console.error(`hosting ${called}`);
Bun.spawn(["sleep", "600"], { stdout: "ignore", stderr: "ignore" });
await serveWorker({
  url: STEPWELL_WORKER_URL,
  token: STEPWELL_WORKER_TOKEN,
  worker_id: STEPWELL_WORKER_ID,
  host: new EnvironmentHost(
    STEPWELL_WORKER_ID,
    called === "late" ? late : suiteEnvironments[called as SuiteEnvironment],
  ),
  capacity: 8,
});
process.exit(0);
