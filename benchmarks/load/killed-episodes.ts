import { percentile } from "../../src/cli/terminal.ts";
import { nativeEnvironments } from "../../src/environments/registry.ts";
import { createStepwell, type InstanceHandle, type Message } from "../../src/index.ts";

/**
 * Episodes whose worker is killed in the middle: each is created, stepped, its worker gets SIGKILL, and the next step
 * rebuilds it from its log on another one. Says how many came back, how many diverged or failed otherwise, and how long
 * the step with the rebuild in it took, the start of the new worker included.
 * `bun benchmarks/load/killed-episodes.ts [episodes] [environment] [split]`
 */
const episodes = Number(process.argv[2] ?? 200);
const env_type = process.argv[3] ?? "bfcl";
const STEPS = 3;
/** Episodes that one kill hits. */
const TOGETHER = 8;

const demo = await nativeEnvironments[env_type]?.demo(() => {});
const split = process.argv[4] ?? demo?.split ?? "train";
/** What is said where no policy of ours solves the tasks: code that reads, as an agent's first steps do. */
const reading: Message = { role: "assistant", content: "```python\nprint(apis.api_docs.show_app_descriptions())\n```" };

/** Ends every worker of the server in this process: they are its children. */
function killWorkers(): void {
  const children = Bun.spawnSync(["ps", "-o", "pid=,args=", "--ppid", String(process.pid)]).stdout.toString();
  for (const line of children.split("\n").filter((text) => text.includes("worker"))) {
    process.kill(Number.parseInt(line, 10), "SIGKILL");
  }
}

await using well = await createStepwell({ environments: [env_type], launcher: "process", workers: 1, max_workers: 2 });
const unavailable = well.readiness.unavailable[env_type];
if (unavailable !== undefined) throw new Error(unavailable);
const { tasks } = await well.tasks(env_type, { split, limit: 10_000 });
const ends: Record<string, number> = {};
const times: number[] = [];
for (let at = 0; at < episodes; at += TOGETHER) {
  const group: { instance: InstanceHandle; policy: (seen: readonly Message[]) => Message; seen: Message[] }[] = [];
  for (let index = at; index < Math.min(episodes, at + TOGETHER); index++) {
    const task_id = tasks[(index * 211) % tasks.length]?.task_id ?? "";
    const instance = await well.create(env_type, task_id);
    group.push({ instance, policy: demo?.policy(task_id) ?? (() => reading), seen: instance.state });
  }
  for (const one of group) {
    let isOver = false;
    for (let step = 0; step < STEPS && !isOver; step++) {
      const result = await one.instance.step(one.policy(one.seen));
      one.seen = result.state;
      isOver = result.is_terminated;
    }
  }
  killWorkers();
  await Promise.all(
    group.map(async ({ instance }) => {
      const begun = performance.now();
      const { failure } = await instance.evaluate();
      times.push(performance.now() - begun);
      const end = failure?.kind ?? "rebuilt";
      ends[end] = (ends[end] ?? 0) + 1;
      await instance.release();
    }),
  );
}
times.sort((a, b) => a - b);
const rounded = (value: number) => Math.round(value * 10) / 10;
console.log(
  JSON.stringify({
    env_type,
    episodes,
    steps_each: STEPS,
    ...ends,
    rebuild_p50_ms: rounded(percentile(times, 0.5)),
    rebuild_p99_ms: rounded(percentile(times, 0.99)),
  }),
);
