import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BfclTask } from "../../../../src/environments/bfcl/data/types.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict } from "../../../../src/environments/bfcl/python/values.ts";
import { scoreFiles } from "../../../../src/environments/bfcl/score/score-files.ts";
import type { Scored } from "../../../../src/environments/native.ts";
import { loadDataForTests, whyNoData } from "../../../parity/bfcl-data.ts";
import { runScript, whyNotOfficial } from "../official-process.ts";
import { seeded } from "../random-calls.ts";
import { type Answer, asCalls, asText } from "./right-answers.ts";

const missing = whyNotOfficial() ?? whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

/** A few tasks of every category, and of each of 26 formats in turn: all of them would take the official evaluator minutes. */
const EVERY = 11;
const CATEGORIES = [
  ...["simple_python", "simple_java", "simple_javascript", "multiple", "parallel", "parallel_multiple", "irrelevance"],
  ...["live_simple", "live_multiple", "live_parallel", "live_parallel_multiple", "live_irrelevance", "live_relevance"],
  ...["multi_turn_base", "multi_turn_miss_func", "multi_turn_miss_param", "multi_turn_long_context"],
  ...["memory_kv", "memory_rec_sum", "memory_vector", "web_search_base", "web_search_no_snippet", "format_sensitivity"],
];

/** The tasks of a category. Scoring needs no web and no embedder, so those that are not served here are looked up by their ids. */
function tasksOf(category: string): BfclTask[] {
  const data = loadDataForTests();
  const ids = (served: string) => data.rows("all", { dataset_sub_type: served }).map(({ task_id }) => task_id);
  if (category === "memory_vector") {
    return ids("memory_kv").map((id) => data.anyTask(id.replace("memory_kv", category)));
  }
  if (!category.startsWith("web_search")) return ids(category).map((id) => data.task(id));
  return Array.from({ length: data.count(category) }, (_, index) => data.anyTask(`${category}_${index}`));
}

/** One answer in three is spoiled, in one of several ways. */
function withMistakes(answer: Answer, random: () => number): Answer {
  return (task) => {
    const right = answer(task);
    if (random() > 1 / 3) return right;
    const kind = Math.floor(random() * 4);
    if (Array.isArray(right) && task.kind === "multi_turn")
      return kind < 2 ? right.slice(1) : right.map((turn) => [String(turn).replace("'", "'x")]);
    if (Array.isArray(right)) return kind < 2 ? [] : [...right, ...right];
    const text = String(right);
    const spoiled = [text.replace("=", "_x="), text.replace(/\d/, "7"), `${text}${text}`, "I can't."];
    return spoiled[kind] ?? text;
  };
}

async function score(folder: string): Promise<Scored> {
  const silent = { progress: () => {}, start: () => {}, tick: () => {} };
  return scoreFiles(loadDataForTests(), [folder], { names: "auto", compat: "official", ...silent });
}

async function compare(answer: Answer, names: "dots" | "underscores"): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-score-"));
  try {
    for (const category of CATEGORIES) {
      const some = tasksOf(category).filter((_, index) => index % EVERY === 0);
      const lines = some.map((task) => dumps(PyDict.of({ id: task.id, result: answer(task) })));
      await writeFile(join(folder, `BFCL_v4_${category}_result.json`), `${lines.join("\n")}\n`);
    }
    const ours = await score(folder);
    const theirs = await official(folder, names);
    expect(Object.keys(theirs.categories).sort()).toEqual([...CATEGORIES].sort());
    for (const [category, { accuracy, total_count }] of Object.entries(theirs.categories)) {
      const categories = ours.json.categories as Record<string, { accuracy: number; total_count: number }>;
      expect([category, categories[category]?.accuracy, categories[category]?.total_count]).toEqual([
        category,
        accuracy,
        total_count,
      ]);
    }
    const table = ours.json.table as { name: string; accuracy: number }[];
    const percent = (name: string) => {
      const row = table.find((each) => each.name === name);
      return `${((row?.accuracy ?? Number.NaN) * 100).toFixed(2)}%`;
    };
    const parts = ["overall", "non_live", "live", "irrelevance_mean", "multi_turn", "web_search", "memory"];
    expect(parts.map(percent)).toEqual([
      theirs.overall["Overall Acc"] ?? "",
      theirs.overall["Non-Live AST Acc"] ?? "",
      theirs.overall["Live Acc"] ?? "",
      theirs.overall["Irrelevance Detection"] ?? "",
      theirs.overall["Multi Turn Acc"] ?? "",
      theirs.overall["Web Search Acc"] ?? "",
      theirs.overall["Memory Acc"] ?? "",
    ]);
    const spread = ours.json.format_sensitivity as { accuracy_max_delta: number; accuracy_std: number };
    expect([spread.accuracy_max_delta, spread.accuracy_std]).toEqual([
      Number(theirs.overall["Format Sensitivity Max Delta"]),
      Number(theirs.overall["Format Sensitivity Standard Deviation"]),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Official {
  readonly categories: Record<string, { accuracy: number; total_count: number }>;
  readonly overall: Record<string, string>;
}

async function official(folder: string, names: string): Promise<Official> {
  return JSON.parse(await runScript(join(import.meta.dir, "official_score.py"), { args: [folder, names] }));
}

describe(`the official evaluator${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  const runs: [string, Answer, "dots" | "underscores"][] = [
    ["right answers of a prompted model", asText, "dots"],
    ["those with mistakes", withMistakes(asText, seeded(5)), "dots"],
    ["right answers of a model with an API", asCalls, "underscores"],
    ["those with mistakes", withMistakes(asCalls, seeded(6)), "underscores"],
  ];
  test.skipIf(isSkipped).each(runs)(
    "gives %s the same scores",
    async (_, answer, names) => {
      if (missing !== null) throw new Error(missing);
      await compare(answer, names);
    },
    120_000,
  );
});
