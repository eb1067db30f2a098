import { expect, test } from "bun:test";
import { ChurnCounts, churnLane } from "../../benchmarks/load/churn-lane.ts";
import { createStepwell } from "../../src/stepwell.ts";
import { seeded } from "../client/cut-network.ts";

const CREATES = 1000;

/** A gauge of /metrics, summed over its labels. */
async function gauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(url.replace("ws:", "http:").replace("/v1", "/metrics"))).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test("after thousands of creates, steps, cancels, cuts and clients that vanished nothing is left", async () => {
  await using well = await createStepwell({
    environments: ["guess"],
    port: 0,
    session_timeout_s: 0.3,
    idle_timeout_s: 0.3,
  });
  const url = well.listen();
  const task_ids = Array.from({ length: 100 }, (_, index) => `guess_${index + 1}`);
  const churn = async (upto: number) => {
    const counts = new ChurnCounts();
    const lane = (seed: number) =>
      churnLane(url, "guess", task_ids, seeded(seed), counts, () => counts.creates >= upto);
    await Promise.all([1, 2, 3, 4].map(lane));
    const names = ["stepwell_instances", "stepwell_sessions", "stepwell_deadlines", "stepwell_kept_replies"];
    for (const name of names) while ((await gauge(url, name)) > 0) await Bun.sleep(20);
    expect(well.size).toBe(0);
    Bun.gc(true);
    return { ...counts, heap: process.memoryUsage().heapUsed };
  };
  const first = await churn(CREATES);
  const second = await churn(CREATES);
  expect(Math.min(second.steps, second.cancels, second.cuts, second.vanished)).toBeGreaterThan(0);
  // An idle instance takes 6 KiB and more: were they kept, it would be several times as much.
  expect(second.heap - first.heap).toBeLessThan(CREATES * 2048);
}, 180_000);
