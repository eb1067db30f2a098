import { percentile } from "../../src/cli/terminal.ts";
import { createStepwell, type InstanceHandle, type Stepwell } from "../../src/index.ts";

/**
 * What it costs to have instances in another process: the same steps of `guess`, which does next to nothing, in this
 * process and on a process worker, in turn; microseconds a step and their ratio, one step at a time and 64 together.
 * `bun benchmarks/load/process-worker.ts [steps]`
 */
const steps = Number(process.argv[2] ?? 20_000);
const action = { role: "assistant" as const, content: "no number in it" };

interface Measured {
  /** Microseconds of each round of `lanes` steps, sorted. */
  readonly rounds: readonly number[];
  /** Microseconds of this process's processor time a step. */
  readonly cpu: number;
}

async function measure(well: Stepwell, lanes: number): Promise<Measured> {
  const group: InstanceHandle[] = await well.createGroup("guess", "guess_42", lanes);
  const rounds: number[] = [];
  const before = process.cpuUsage();
  for (let done = 0; done < steps; done += lanes) {
    const begun = performance.now();
    await Promise.all(group.map((instance) => instance.step(action)));
    rounds.push((performance.now() - begun) * 1000);
  }
  const { user, system } = process.cpuUsage(before);
  for (const instance of group) await instance.release();
  return { rounds: rounds.sort((a, b) => a - b), cpu: (user + system) / (rounds.length * lanes) };
}

await using here = await createStepwell({ environments: ["guess"] });
await using there = await createStepwell({ environments: ["guess"], launcher: "process", workers: 1, max_workers: 1 });
// A first round warms the compilers of both processes; it is not counted.
for (const well of [here, there]) await measure(well, 64);
for (const lanes of [1, 64]) {
  const [inProcess, inWorker] = [await measure(here, lanes), await measure(there, lanes)];
  const [near, far] = [percentile(inProcess.rounds, 0.5) / lanes, percentile(inWorker.rounds, 0.5) / lanes];
  const p99 = percentile(inWorker.rounds, 0.99) / lanes;
  const rounded = (value: number) => Math.round(value * 10) / 10;
  console.log(
    JSON.stringify({
      at_once: lanes,
      in_process_us: rounded(near),
      process_us: rounded(far),
      process_p99_us: rounded(p99),
      added_us: rounded(far - near),
      ratio: rounded(far / near),
      in_process_cpu_us: rounded(inProcess.cpu),
      process_cpu_us: rounded(inWorker.cpu),
    }),
  );
}
