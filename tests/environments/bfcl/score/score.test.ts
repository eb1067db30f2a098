import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BfclTask } from "../../../../src/environments/bfcl/data/types.ts";
import { groundTruthMessages } from "../../../../src/environments/bfcl/demo-policy.ts";
import { formatted } from "../../../../src/environments/bfcl/formats/write-calls.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { scoreFiles } from "../../../../src/environments/bfcl/score/score-files.ts";
import { groundTruthCalls } from "../../../../src/environments/bfcl/single-turn/ground-truth.ts";
import type { Scored } from "../../../../src/environments/native.ts";
import { loadDataForTests, whyNoData } from "../../../parity/bfcl-data.ts";
import { OFFICIAL_PYTHON } from "../official-process.ts";
import { seeded } from "../random-calls.ts";

const missing =
  OFFICIAL_PYTHON === null ? "STEPWELL_BFCL_PYTHON (a Python 3.11 with bfcl-eval and mpmath) is not set" : whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

/** A few tasks of every category: all of them would take the official evaluator minutes. */
const EVERY = 12;
const CATEGORIES = [
  ...["simple_python", "simple_java", "simple_javascript", "multiple", "parallel", "parallel_multiple", "irrelevance"],
  ...["live_simple", "live_multiple", "live_parallel", "live_parallel_multiple", "live_irrelevance", "live_relevance"],
  ...["multi_turn_base", "multi_turn_miss_func", "multi_turn_miss_param", "multi_turn_long_context"],
  ...["memory_kv", "memory_rec_sum"],
];

type Answer = (task: BfclTask) => PyValue;

/** Right answers of a prompted model. */
const asText: Answer = (task) => {
  switch (task.kind) {
    case "single_turn": {
      const calls = groundTruthCalls(task);
      if (task.language !== "python") return sourceText(calls);
      return formatted(calls, { return_format: "python", tag: false });
    }
    case "multi_turn":
      return task.ground_truth.map((calls) => (calls.length === 0 ? ["Done."] : [`[${calls.join(", ")}]`, "Done."]));
    case "memory":
    case "web_search":
      return [[`{'answer': '${task.answers?.[0] ?? ""}'}`]];
  }
};

/** Right answers of a model with an API for calls, which knows no dots in names. */
const asCalls: Answer = (task) => {
  if (task.kind === "multi_turn") {
    const steps = groundTruthMessages(task).map(({ content, tool_calls }): PyValue => {
      const calls = tool_calls?.map(({ function: { name, arguments: args } }) => PyDict.of([[name, args]]));
      return calls ?? content;
    });
    // A step in words ends a turn.
    const turns: PyValue[][] = [[]];
    for (const step of steps) {
      turns.at(-1)?.push(step);
      if (typeof step === "string") turns.push([]);
    }
    return turns.slice(0, -1);
  }
  if (task.kind !== "single_turn") return asText(task);
  return groundTruthCalls(task).map((call) =>
    PyDict.of(Array.from(call.entries(), ([name, args]) => [String(name).replaceAll(".", "_"), dumps(args)])),
  );
};

function sourceText(calls: readonly PyDict[]): string {
  const texts = calls.flatMap((call) =>
    Array.from(call.entries(), ([name, args]) => {
      const pairs = args instanceof PyDict ? Array.from(args.entries(), ([key, value]) => `${key}=${value}`) : [];
      return `${name}(${pairs.join(", ")})`;
    }),
  );
  return `[${texts.join(", ")}]`;
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
  return scoreFiles(loadDataForTests(), [folder], { names: "auto", ...silent });
}

async function compare(answer: Answer, model: "text" | "fc"): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-score-"));
  try {
    for (const category of CATEGORIES) {
      const rows = loadDataForTests().rows("all", { dataset_sub_type: category });
      const some = rows.filter((_, index) => index % EVERY === 0);
      const lines = some.map(({ task_id }) => {
        const task = loadDataForTests().task(task_id);
        return dumps(PyDict.of({ id: task_id, result: answer(task) }));
      });
      await writeFile(join(folder, `BFCL_v4_${category}_result.json`), `${lines.join("\n")}\n`);
    }
    const ours = await score(folder);
    const theirs = await official(folder, model);
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
    const parts = ["overall", "non_live", "live", "irrelevance_mean", "multi_turn", "memory_kv"];
    expect(parts.map(percent)).toEqual([
      theirs.overall["Overall Acc"] ?? "",
      theirs.overall["Non-Live AST Acc"] ?? "",
      theirs.overall["Live Acc"] ?? "",
      theirs.overall["Irrelevance Detection"] ?? "",
      theirs.overall["Multi Turn Acc"] ?? "",
      theirs.overall["Memory KV"] ?? "",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Official {
  readonly categories: Record<string, { accuracy: number; total_count: number }>;
  readonly overall: Record<string, string>;
}

async function official(folder: string, model: string): Promise<Official> {
  const child = Bun.spawn([OFFICIAL_PYTHON ?? "python3", join(import.meta.dir, "official_score.py"), folder, model], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`the official evaluator ended with code ${code}: ${err.slice(-2000)}`);
  return JSON.parse(out);
}

describe(`the official evaluator${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  const runs: [string, Answer, "text" | "fc"][] = [
    ["right answers of a prompted model", asText, "text"],
    ["those with mistakes", withMistakes(asText, seeded(5)), "text"],
    ["right answers of a model with an API", asCalls, "fc"],
    ["those with mistakes", withMistakes(asCalls, seeded(6)), "fc"],
  ];
  test.skipIf(isSkipped).each(runs)(
    "gives %s the same scores",
    async (_, answer, model) => {
      if (missing !== null) throw new Error(missing);
      await compare(answer, model);
    },
    120_000,
  );
});
