import { startSelf } from "../../src/cli/bench-server.ts";
import { connect } from "../../src/client/index.ts";
import { ChurnCounts, churnLane } from "./churn-lane.ts";

/**
 * Churn at full load: creates, steps, cancels, cuts and clients that vanish, and the resident memory of the server over
 * the time. At the end nothing may be left. `bun benchmarks/load/churn.ts [seconds] [environment]` (90, guess). It ends
 * with 1 when something is left.
 */
const seconds = Number(process.argv[2] ?? 90);
const env_type = process.argv[3] ?? "guess";
const LANES = 16;
const SAMPLES = 12;

const SOON = { STEPWELL_SESSION_TIMEOUT_S: "2", STEPWELL_IDLE_TIMEOUT_S: "2" };
const server = await startSelf(["serve", "--port", "0", "--env", env_type], /stepwell serves (\S+)/, SOON);

/** A gauge of the server, summed over its labels. */
async function gauge(name: string): Promise<number> {
  const text = await (await fetch(server.address.replace("ws:", "http:").replace("/v1", "/metrics"))).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

try {
  const client = await connect(server.address);
  const { tasks } = await client.tasks(env_type, { limit: 10_000 });
  await client.close();
  const task_ids = tasks.map(({ task_id }) => task_id);
  const counts = new ChurnCounts();
  const ends = performance.now() + seconds * 1000;
  const isOver = () => performance.now() >= ends;
  const lanes = Array.from({ length: LANES }, () =>
    churnLane(server.address, env_type, task_ids, Math.random, counts, isOver),
  );
  const mib: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await Bun.sleep((seconds * 1000) / SAMPLES);
    mib.push(Math.round(server.memory() / 2 ** 20));
  }
  await Promise.all(lanes);
  const names = ["stepwell_instances", "stepwell_sessions", "stepwell_deadlines", "stepwell_kept_replies"];
  const left = () => Promise.all(names.map(gauge));
  const given = performance.now() + 20_000;
  while ((await left()).some((count) => count > 0) && performance.now() < given) await Bun.sleep(200);
  const remaining = Object.fromEntries((await left()).map((count, index) => [names[index] ?? "", count]));
  console.log(JSON.stringify({ seconds, env_type, ...counts, mib, left: remaining }));
  if (Object.values(remaining).some((count) => count > 0)) process.exitCode = 1;
} finally {
  server.stop();
}
