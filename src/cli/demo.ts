import { type Client, connect } from "../client/index.ts";
import type { Demo, NativeEnvironment } from "../environments/native.ts";
import { nativeEnvironments } from "../environments/registry.ts";
import type { TaskRow } from "../index.ts";
import { createStepwell } from "../stepwell.ts";
import { ProgressBar, percentile, table } from "./terminal.ts";

interface Episode {
  readonly group: string;
  readonly task_id: string;
  readonly reward: number | null;
  readonly latencies: readonly number[];
}

export interface DemoOptions {
  readonly concurrency: number;
  readonly limit: number | null;
}

/**
 * Starts a server on a free port and plays every task of an environment's demo through real WebSockets with a policy
 * that knows the answers. Returns the exit code: 0 when every task was solved.
 */
export async function runDemo(env_type: string, options: DemoOptions): Promise<number> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const native = nativeEnvironments[env_type];
  if (!native) {
    say(`no environment "${env_type}"; there are: ${Object.keys(nativeEnvironments).join(", ")}`);
    return 2;
  }
  const demo = await loadDemo(native, say);
  if (demo instanceof Error) {
    say(`${env_type} cannot be shown here: ${demo.message}`);
    if (env_type === FALLBACK) return 1;
    say(`\nShowing ${FALLBACK} instead, which needs no data.\n`);
    return runDemo(FALLBACK, options);
  }
  await using well = await createStepwell({ environments: [env_type], host: "127.0.0.1", port: 0, unix: undefined });
  const url = well.listen();
  await using client = await connect(url, well.options.token === undefined ? {} : { token: well.options.token });
  const tasks = await allTasks(client, env_type, demo.split, options.limit);
  say(`${tasks.length} tasks of ${env_type} at ${url}, ${options.concurrency} at a time`);
  const bar = new ProgressBar(env_type, tasks.length, process.stderr);
  const episodes: Episode[] = [];
  const started = performance.now();
  const queue = tasks.values();
  const lane = async () => {
    for (const task of queue) {
      episodes.push(await play(client, env_type, task, demo));
      bar.tick();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, tasks.length) }, lane));
  return report(episodes, (performance.now() - started) / 1000);
}

/** What is shown where the data of another environment cannot be had. */
const FALLBACK = "guess";

async function loadDemo(native: NativeEnvironment, say: (line: string) => void): Promise<Demo | Error> {
  try {
    return await native.demo(say);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function allTasks(client: Client, env_type: string, split: string, limit: number | null): Promise<TaskRow[]> {
  const rows: TaskRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.tasks(env_type, { split, cursor });
    rows.push(...page.tasks);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return limit === null ? rows : rows.slice(0, limit);
}

async function play(client: Client, env_type: string, task: TaskRow, demo: Demo): Promise<Episode> {
  const { task_id } = task;
  await using instance = await client.create(env_type, task_id, { params: demo.params?.(task_id) ?? {} });
  const act = demo.policy(task_id);
  const latencies: number[] = [];
  let observation = instance.state;
  for (;;) {
    const action = act(observation);
    const sent = performance.now();
    const step = await instance.step(action);
    latencies.push(performance.now() - sent);
    observation = step.state;
    if (step.is_terminated) break;
  }
  const { reward } = await instance.evaluate();
  return { group: String(task[demo.group] ?? env_type), task_id, reward, latencies };
}

function report(episodes: readonly Episode[], seconds: number): number {
  const groups = [...new Set(episodes.map(({ group }) => group))].sort();
  const rows = groups.map((group) =>
    row(
      group,
      episodes.filter((episode) => episode.group === group),
      null,
    ),
  );
  if (groups.length > 1) rows.push(row("all", episodes, seconds));
  else rows.splice(0, 1, row(groups[0] ?? "", episodes, seconds));
  console.log(
    `\n${table(["category", "tasks", "mean reward", "steps", "p50 ms", "p95 ms", "p99 ms", "steps/s"], rows)}\n`,
  );
  const solved = episodes.filter(({ reward }) => reward === 1).length;
  console.log(`${solved}/${episodes.length} at reward 1 in ${seconds.toFixed(1)} s`);
  const failed = episodes.filter(({ reward }) => reward !== 1).slice(0, 10);
  for (const { task_id, reward } of failed) console.log(`  ${task_id}: reward ${reward}`);
  return solved === episodes.length ? 0 : 1;
}

function row(name: string, episodes: readonly Episode[], seconds: number | null): string[] {
  const latencies = episodes.flatMap((episode) => episode.latencies).sort((a, b) => a - b);
  const rewards = episodes.reduce((sum, { reward }) => sum + (reward ?? 0), 0);
  return [
    name,
    String(episodes.length),
    (rewards / episodes.length).toFixed(3),
    String(latencies.length),
    ...[0.5, 0.95, 0.99].map((p) => percentile(latencies, p).toFixed(2)),
    seconds === null ? "" : Math.round(latencies.length / seconds).toString(),
  ];
}
