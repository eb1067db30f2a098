import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFrom } from "../../src/environments/webshop/catalogue/find-catalogue.ts";
import { openCatalogue } from "../../src/environments/webshop/catalogue/kept-catalogue.ts";
import { webshopEnvironment } from "../../src/environments/webshop/environment.ts";

/**
 * What a step costs in the engine, beside the original where it is given, both over the same catalogue and actions in one
 * run. `bun benchmarks/load/webshop-steps.ts FOLDER [PYTHON CHECKOUT]`: FOLDER has the catalogue's files, PYTHON the original's
 * requirements (webshop_original.py says which), CHECKOUT its code.
 */
const [folder, python, checkout] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: webshop-steps.ts FOLDER [PYTHON CHECKOUT]");
  process.exit(2);
}
/** Episodes; the original gets the first of them, since it takes a thousand times as long. */
const EPISODES = 1000;
const ORIGINAL_EPISODES = 60;

const home = await mkdtemp(join(tmpdir(), "stepwell-steps-"));
try {
  await buildFrom(folder, join(home, "catalogue"), process.env, () => {});
  const catalogue = await openCatalogue(join(home, "catalogue"));
  const { store } = catalogue.shop;
  const environment = webshopEnvironment(catalogue);
  const goals = environment.tasks({ split: "all", filter: { protocol: "webshop" } });
  /** Looks at a product and buys it: each kind of page once, two of them from a search. */
  const episodes = Array.from({ length: EPISODES }, (_, at) => {
    const { title, asin, options } = store.product((at * 7919) % store.count);
    const option = [...options.values()][0]?.[0];
    const chosen = option === undefined ? [] : [`click[${option}]`];
    return [`search[${title}]`, `click[${asin}]`, "click[features]", "click[< prev]", ...chosen, "click[buy now]"];
  });
  const play = async (plays: readonly (readonly string[])[]): Promise<number[]> => {
    const seconds: number[] = [];
    for (const [at, actions] of plays.entries()) {
      const task_id = goals[at % goals.length]?.task_id ?? "";
      const episode = environment.create({
        task_id,
        params: { strict: true, prompt: "none" },
        seed: null,
        started_at: 0,
      });
      for (const content of actions) {
        const from = performance.now();
        const step = episode.step({ role: "assistant", content });
        const { end_reason } = step instanceof Promise ? await step : step;
        seconds.push((performance.now() - from) / 1000);
        if (end_reason !== null) break;
      }
    }
    return seconds;
  };
  // A server lives long: what is measured is code that was compiled. No search repeats one whose hits are still kept.
  for (let warmUp = 0; warmUp < 3; warmUp++) await play(episodes);
  const before = process.cpuUsage();
  const ours = await play(episodes);
  const { user, system } = process.cpuUsage(before);
  const cpu_ms = (user + system) / 1000 / ours.length;
  console.log(
    JSON.stringify({ engine: "stepwell, available actions included", ...figures(ours), cpu_ms: round(cpu_ms) }),
  );
  if (python !== undefined && checkout !== undefined) {
    const same = await play(episodes.slice(0, ORIGINAL_EPISODES));
    const child = Bun.spawn([python, join(import.meta.dir, "webshop_original.py"), checkout, folder], {
      stdin: new Blob([JSON.stringify(episodes.slice(0, ORIGINAL_EPISODES))]),
      stdout: "pipe",
      stderr: "inherit",
    });
    const text = await new Response(child.stdout).text();
    if ((await child.exited) !== 0) throw new Error("the original failed");
    const { steps, with_actions, cpu }: { steps: number[]; with_actions: number[]; cpu: number } = JSON.parse(text);
    const original_cpu_ms = (1000 * cpu) / steps.length;
    console.log(JSON.stringify({ engine: "original, step alone", ...figures(steps) }));
    console.log(
      JSON.stringify({
        engine: "original, available actions included",
        ...figures(with_actions),
        cpu_ms: round(original_cpu_ms),
      }),
    );
    // By the clock, and by processor time, which a busy machine does not change as much; creates and resets are in the latter.
    const times = {
      by_mean: mean(with_actions) / mean(same),
      by_median: median(with_actions) / median(same),
      by_cpu: original_cpu_ms / cpu_ms,
    };
    console.log(JSON.stringify({ engine: "stepwell, the original's episodes", ...figures(same) }));
    console.log(
      JSON.stringify({
        times_the_rate: Object.fromEntries(Object.entries(times).map(([how, by]) => [how, Math.round(by)])),
      }),
    );
  }
} finally {
  await rm(home, { recursive: true, force: true });
}

function figures(seconds: readonly number[]) {
  const sorted = seconds.toSorted((a, b) => a - b);
  const ms = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 1e6) / 1000;
  return { steps: sorted.length, p50_ms: ms(0.5), p95_ms: ms(0.95), per_s: Math.round(sorted.length / sum(seconds)) };
}

function median(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[seconds.length >> 1] ?? 0;
}

function mean(seconds: readonly number[]): number {
  return sum(seconds) / seconds.length;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function sum(seconds: readonly number[]): number {
  return seconds.reduce((total, each) => total + each, 0);
}
