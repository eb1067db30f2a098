import { connect } from "../client/index.ts";
import { EchoClient } from "./bench-echo-client.ts";
import { type Load, playRound, Sums } from "./bench-round.ts";
import { benchScripts, type Script } from "./bench-script.ts";
import { readiness, startSelf } from "./bench-server.ts";
import { percentile, table } from "./terminal.ts";

/** How often each load is played, steps and echo in turn, and by how many trajectories. */
const LOADS: readonly (Load & { readonly rounds: number; readonly trajectories: number })[] = [
  { n: 1, batch: 1, rounds: 6, trajectories: 64 },
  { n: 64, batch: 1, rounds: 4, trajectories: 256 },
  { n: 64, batch: 64, rounds: 4, trajectories: 256 },
  { n: 1024, batch: 1, rounds: 3, trajectories: 2048 },
  { n: 1024, batch: 64, rounds: 3, trajectories: 2048 },
];

/** What is played before anything is counted, so that the compilers of all three processes have done their work. */
const WARM_UP = { n: 64, batch: 1, rounds: 2, trajectories: 1024 };

interface Figures extends Load {
  readonly steps: number;
  readonly steps_per_s: number;
  readonly step_p50_ms: number;
  readonly step_p99_ms: number;
  readonly echo_per_s: number;
  readonly echo_p50_ms: number;
  readonly step_to_echo_p50: number;
  readonly rate_to_echo: number;
  readonly create_p50_ms: number;
  readonly evaluate_p50_ms: number;
  readonly bytes_per_instance: number;
  readonly ready_s: number;
}

/**
 * Measures what a step costs over the socket: a server and an echo server of the same stack as child processes, one
 * client process, ground truth of BFCL multi-turn tasks played by N trajectories at once. Returns the exit code.
 */
export async function runBench(options: { json: boolean }): Promise<number> {
  const started = performance.now();
  const server = await startSelf(["serve", "--port", "0", "--env", "bfcl"], /stepwell serves (\S+)/);
  const ready_s = (await readiness(server.address, started)) / 1000;
  const echoServer = await startSelf(["bench-echo"], /(ws:\S+)/);
  try {
    await using client = await connect(server.address);
    const echo = await EchoClient.connect(echoServer.address);
    const scripts = await benchScripts(client);
    let first = 0;
    const figures: Figures[] = [];
    for (const { n, batch, rounds, trajectories } of [WARM_UP, ...LOADS]) {
      const sums = new Sums();
      for (let round = 0; round < rounds; round++) {
        const chosen = Array.from({ length: trajectories }, (_, index) => scripts[(first + index) % scripts.length]);
        first += trajectories;
        await playRound({ client, echo, server }, chosen as Script[], { n, batch }, sums);
      }
      figures.push(figuresOf({ n, batch }, sums, ready_s));
    }
    figures.shift();
    echo.close();
    if (options.json) console.log(JSON.stringify({ ready_s, figures }, null, 2));
    else report(figures, ready_s);
    return 0;
  } finally {
    server.stop();
    echoServer.stop();
  }
}

function figuresOf(load: Load, sums: Sums, ready_s: number): Figures {
  const steps = sums.step.length;
  const [step_p50_ms, echo_p50_ms] = [median(sums.step), median(sums.echo)];
  const [steps_per_s, echo_per_s] = [steps / sums.stepping_s, sums.echo.length / sums.echoing_s];
  return {
    ...load,
    steps,
    steps_per_s,
    step_p50_ms,
    step_p99_ms: percentile(sorted(sums.step), 0.99),
    echo_per_s,
    echo_p50_ms,
    step_to_echo_p50: step_p50_ms / echo_p50_ms,
    rate_to_echo: steps_per_s / echo_per_s,
    create_p50_ms: median(sums.create),
    evaluate_p50_ms: median(sums.evaluate),
    bytes_per_instance: sums.bytes_per_instance,
    ready_s,
  };
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]): number => percentile(sorted(values), 0.5);

function report(figures: readonly Figures[], ready_s: number): void {
  const columns: readonly [string, (one: Figures) => string][] = [
    ["N", ({ n }) => String(n)],
    ["batch", ({ batch }) => String(batch)],
    ["steps/s", ({ steps_per_s }) => steps_per_s.toFixed(0)],
    ["p50 ms", ({ step_p50_ms }) => step_p50_ms.toFixed(3)],
    ["p99 ms", ({ step_p99_ms }) => step_p99_ms.toFixed(3)],
    ["echo/s", ({ echo_per_s }) => echo_per_s.toFixed(0)],
    ["echo p50", ({ echo_p50_ms }) => echo_p50_ms.toFixed(3)],
    ["p50 ratio", ({ step_to_echo_p50 }) => step_to_echo_p50.toFixed(2)],
    ["rate ratio", ({ rate_to_echo }) => rate_to_echo.toFixed(2)],
    ["create p50", ({ create_p50_ms }) => create_p50_ms.toFixed(3)],
    ["evaluate p50", ({ evaluate_p50_ms }) => evaluate_p50_ms.toFixed(3)],
    ["KiB", ({ bytes_per_instance }) => (bytes_per_instance / 1024).toFixed(1)],
  ];
  const rows = figures.map((one) => columns.map(([, cell]) => cell(one)));
  const header = columns.map(([name]) => name);
  console.log(`${table(header, rows)}\n\nready in ${ready_s.toFixed(2)} s; client and server share the machine`);
}
