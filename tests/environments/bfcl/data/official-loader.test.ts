import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { categoriesOf } from "../../../../src/environments/bfcl/data/categories.ts";
import { toolJson } from "../../../../src/environments/bfcl/data/tools.ts";
import type { MultiTurnTask } from "../../../../src/environments/bfcl/data/types.ts";
import { dumps, loads } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { loadDataForTests, multiTurnTask, whyNoData } from "../../../parity/bfcl-data.ts";
import { OFFICIAL_PYTHON } from "../official-process.ts";

const missing =
  OFFICIAL_PYTHON === null ? "STEPWELL_BFCL_PYTHON (a Python 3.11 with bfcl-eval) is not set" : whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

interface Official {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly counts: ReadonlyMap<string, number>;
  readonly tasks: readonly { readonly task: string; readonly functions: string }[];
  readonly tools: readonly { readonly doc: string; readonly tool: string }[];
}

async function runOfficialLoader(): Promise<Official> {
  if (missing !== null || OFFICIAL_PYTHON === null) throw new Error(missing ?? "no Python");
  const child = Bun.spawn([OFFICIAL_PYTHON, `${import.meta.dir}/official_loader.py`], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`the official loader ended with code ${code}: ${err.slice(-2000)}`);
  const records = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return {
    groups: records.find((record) => "groups" in record).groups,
    counts: new Map(records.filter((each) => "entries" in each).map((each) => [each.category, each.entries])),
    tasks: records.filter((record) => "task" in record),
    tools: records.filter((record) => "tool" in record),
  };
}

let running: Promise<Official> | null = null;
/** One run of it serves all tests of this file. */
function official(): Promise<Official> {
  running ??= runOfficialLoader();
  return running;
}

/** A task of ours as the official loader's JSON text: ints and floats, and the order of keys, are in it. */
function taskText(task: MultiTurnTask): string {
  const plain = (value: unknown): PyValue => loads(JSON.stringify(value));
  const fields: [string, PyValue][] = [
    ["id", task.id],
    ["question", plain(task.question)],
    ["initial_config", task.initial_config],
    ["involved_classes", [...task.involved_classes]],
    ["missed_function", PyDict.of(Array.from(task.missed_function, ([turn, docs]) => [String(turn), [...docs]]))],
    ["ground_truth", plain(task.ground_truth)],
  ];
  return dumps(PyDict.of(fields));
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe(`the official loader${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test.skipIf(isSkipped)(
    "reads every multi-turn task as ours does, its docs and held-out functions included",
    async () => {
      const { tasks } = await official();
      expect(tasks.length).toBe(800);
      for (const { task, functions } of tasks) {
        const ours = multiTurnTask(loadDataForTests().task((JSON.parse(task) as { id: string }).id));
        expect(taskText(ours)).toBe(task);
        expect(sha256(dumps([...ours.functions]))).toBe(functions);
      }
    },
  );

  test.skipIf(isSkipped)("makes of every function doc of every category the tool text that ours makes", async () => {
    const { tools } = await official();
    expect(tools.length).toBeGreaterThan(3000);
    for (const { doc, tool } of tools) expect(toolJson(loads(doc) as PyDict)).toBe(tool);
  });

  test.skipIf(isSkipped)("names the same categories for every sub type, with the counts that are known", async () => {
    const { groups, counts } = await official();
    for (const [name, categories] of Object.entries(groups)) expect(categoriesOf(name)).toEqual([...categories].sort());
    const entriesOf = (name: string): number =>
      categoriesOf(name).reduce((sum, category) => sum + (counts.get(category) ?? 0), 0);
    expect(Object.fromEntries(Object.keys(groups).map((name) => [name, entriesOf(name)]))).toEqual({
      all: 10_306,
      all_scoring: 5106,
      multi_turn: 800,
      single_turn: 3641,
      live: 2251,
      non_live: 1390,
      non_python: 150,
      python: 3491,
      memory: 465,
      web_search: 200,
      agentic: 665,
    });
  });
});
