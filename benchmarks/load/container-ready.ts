import { percentile } from "../../src/cli/terminal.ts";
import { createStepwell } from "../../src/index.ts";

/**
 * How long it takes until an environment whose workers are containers is ready: a server in this process, from its start until
 * its first worker has registered, and how long the container takes to be gone again. The image has to be there.
 * `bun benchmarks/load/container-ready.ts [environment] [times]`
 */
const env_type = process.argv[2] ?? "appworld";
const times = Number(process.argv[3] ?? 10);
const ready: number[] = [];
const gone: number[] = [];
for (let run = 0; run < times; run++) {
  const began = performance.now();
  const well = await createStepwell({ environments: [env_type], launcher: "docker", workers: 1, max_workers: 1 });
  const unavailable = well.readiness.unavailable[env_type];
  if (unavailable !== undefined) throw new Error(unavailable);
  const settled = performance.now();
  await well.stop();
  ready.push((settled - began) / 1000);
  gone.push((performance.now() - settled) / 1000);
}
const figures = (seconds: number[]) => {
  seconds.sort((a, b) => a - b);
  return `p50 ${percentile(seconds, 0.5).toFixed(2)} s, most ${(seconds.at(-1) ?? 0).toFixed(2)} s`;
};
console.log(`${env_type}: ready ${figures(ready)}; gone ${figures(gone)} (${times} containers)`);
