import { type Client, connect, type InstanceHandle, type Message } from "../client/index.ts";
import { nativeEnvironments } from "../environments/registry.ts";
import { type EchoFigures, measureEcho } from "./bench-client.ts";
import { type Child, startSelf } from "./bench-server.ts";
import { percentile, table } from "./terminal.ts";

const CONCURRENCY = [1, 64, 1024];
const BATCH = 64;
/** Bytes of a typical BFCL step and its reply on the wire, which the echo server's frames have too. */
const STEP_BYTES = { request: 300, reply: 450 };

interface Trajectory {
  readonly instance: InstanceHandle;
  readonly actions: readonly Message[];
}

interface Figures extends EchoFigures {
  readonly n: number;
  readonly batch: number;
  readonly steps: number;
  readonly steps_per_s: number;
  readonly step_p50_ms: number;
  readonly step_p99_ms: number;
  readonly step_to_echo_p50: number;
  readonly rate_to_echo: number;
  readonly create_p50_ms: number;
  readonly evaluate_p50_ms: number;
  readonly bytes_per_instance: number;
}

/**
 * Measures what a step costs over the socket: a server and an echo server of the same stack as child processes, one
 * client process, ground truth of BFCL multi-turn tasks replayed by N trajectories at once. Returns the exit code.
 */
export async function runBench(options: { json: boolean }): Promise<number> {
  const started = performance.now();
  const server = await startSelf(["serve", "--port", "0", "--env", "bfcl"], /stepwell serves (\S+)/);
  const echo = await startSelf(["bench-echo", String(STEP_BYTES.reply)], /(ws:\S+)/);
  try {
    await using client = await connect(server.address);
    const script = await scriptOf(client);
    const ready_s = (performance.now() - started) / 1000;
    const figures: Figures[] = [];
    // A first round warms the compilers of all three processes; it is not counted.
    await measure(client, server, echo.address, script, 64, 1);
    for (const n of CONCURRENCY) {
      figures.push(await measure(client, server, echo.address, script, n, 1));
      if (n >= BATCH) figures.push(await measure(client, server, echo.address, script, n, BATCH));
    }
    if (options.json) console.log(JSON.stringify({ ready_s, figures }, null, 2));
    else report(figures, ready_s);
    return 0;
  } finally {
    server.stop();
    echo.stop();
  }
}

type Script = (index: number) => { task_id: string; actions: readonly Message[] };

/** Trajectory i plays task i, over all categories in turn, with the messages that solve it. */
async function scriptOf(client: Client): Promise<Script> {
  const demo = await nativeEnvironments.bfcl?.demo(() => {});
  if (!demo) throw new Error("bench needs bfcl");
  const { tasks } = await client.tasks("bfcl", { split: "all", limit: 10_000 });
  return (index) => {
    // 211 is coprime to the 800 tasks: neighbours are of different categories.
    const { task_id } = tasks[(index * 211) % tasks.length] ?? { task_id: "" };
    const policy = demo.policy(task_id);
    return { task_id, actions: Array.from({ length: 64 }, () => policy([])) };
  };
}

async function measure(
  client: Client,
  server: Child,
  echoAddress: string,
  script: Script,
  n: number,
  batch: number,
): Promise<Figures> {
  const before = server.memory();
  const createTimes: number[] = [];
  // One lane is too short to time: it plays several trajectories one after another.
  const trajectories: Trajectory[] = [];
  for (let index = 0; index < Math.max(n, MIN_TRAJECTORIES); index++) {
    const { task_id, actions } = script(index);
    const sent = performance.now();
    trajectories.push({ instance: await client.create("bfcl", task_id), actions });
    createTimes.push(performance.now() - sent);
  }
  const bytes = (server.memory() - before) / trajectories.length;
  const latencies: number[] = [];
  const started = performance.now();
  const queue = chunk(trajectories, batch).values();
  const lane = async () => {
    for (const group of queue) await play(client, group, latencies);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.floor(n / batch)) }, lane));
  const seconds = (performance.now() - started) / 1000;
  const evaluateTimes: number[] = [];
  for (const { instance } of trajectories) {
    const sent = performance.now();
    const { reward } = await instance.evaluate();
    evaluateTimes.push(performance.now() - sent);
    if (reward !== 1) throw new Error(`${instance.info.task_id} ended with reward ${reward}`);
  }
  await client.releaseMany(trajectories.map(({ instance }) => instance));
  const echo = await measureEcho(echoAddress, n, batch, STEP_BYTES.request, latencies.length);
  const p50 = median(latencies);
  return {
    n,
    batch,
    steps: latencies.length,
    steps_per_s: latencies.length / seconds,
    step_p50_ms: p50,
    step_p99_ms: percentile(sorted(latencies), 0.99),
    ...echo,
    step_to_echo_p50: p50 / echo.echo_p50_ms,
    rate_to_echo: latencies.length / seconds / echo.echo_per_s,
    create_p50_ms: median(createTimes),
    evaluate_p50_ms: median(evaluateTimes),
    bytes_per_instance: bytes,
  };
}

const MIN_TRAJECTORIES = 256;

/** Steps a group of trajectories together until all have ended; each step has the latency of its message. */
async function play(client: Client, group: readonly Trajectory[], latencies: number[]): Promise<void> {
  let live = [...group];
  for (let turn = 0; live.length > 0; turn++) {
    const sent = performance.now();
    const steps =
      live.length === 1 && live[0]
        ? [{ ok: await live[0].instance.step(actionOf(live[0], turn)) }]
        : await client.stepMany(live.map((one) => ({ instance: one.instance, action: actionOf(one, turn) })));
    const took = performance.now() - sent;
    for (const _ of steps) latencies.push(took);
    live = live.filter((_, index) => {
      const step = steps[index];
      if (!step || "error" in step) throw new Error("a step was refused");
      return !step.ok.is_terminated;
    });
  }
}

function actionOf({ actions }: Trajectory, turn: number): Message {
  return actions[turn] ?? { role: "assistant", content: "Done." };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]): number => percentile(sorted(values), 0.5);

function report(figures: readonly Figures[], ready_s: number): void {
  const header = [
    "N",
    "batch",
    "steps/s",
    "p50 ms",
    "p99 ms",
    "echo/s",
    "echo p50",
    "p50 ratio",
    "rate ratio",
    "create p50",
    "evaluate p50",
    "KiB",
  ];
  const rows = figures.map((one) => [
    String(one.n),
    String(one.batch),
    Math.round(one.steps_per_s).toString(),
    one.step_p50_ms.toFixed(3),
    one.step_p99_ms.toFixed(3),
    Math.round(one.echo_per_s).toString(),
    one.echo_p50_ms.toFixed(3),
    one.step_to_echo_p50.toFixed(2),
    one.rate_to_echo.toFixed(2),
    one.create_p50_ms.toFixed(3),
    one.evaluate_p50_ms.toFixed(3),
    (one.bytes_per_instance / 1024).toFixed(1),
  ]);
  console.log(
    `${table(header, rows)}\n\nready in ${ready_s.toFixed(2)} s; the client and the server share the machine`,
  );
}
