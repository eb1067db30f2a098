import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { categoriesOf } from "../../../../src/environments/bfcl/data/categories.ts";
import { toolJson } from "../../../../src/environments/bfcl/data/tools.ts";
import type { MultiTurnTask } from "../../../../src/environments/bfcl/data/types.ts";
import { dumps, loads } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { loadDataForTests, multiTurnTask, whyNoData } from "../../../parity/bfcl-data.ts";
import { linesOf, runScript, whyNotOfficial } from "../official-process.ts";

const missing = whyNotOfficial() ?? whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

interface Official {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly counts: ReadonlyMap<string, number>;
  readonly tasks: readonly { readonly task: string; readonly functions: string }[];
  readonly excluded: readonly { readonly excluded: string; readonly id: string; readonly offered: boolean }[];
  readonly tools: readonly { readonly doc: string; readonly tool: string }[];
}

async function runOfficialLoader(): Promise<Official> {
  if (missing !== null) throw new Error(missing);
  const out = await runScript(`${import.meta.dir}/official_loader.py`, {});
  const records = linesOf(out).map((line) => JSON.parse(line));
  return {
    groups: records.find((record) => "groups" in record).groups,
    counts: new Map(records.filter((each) => "entries" in each).map((each) => [each.category, each.entries])),
    tasks: records.filter((record) => "task" in record),
    excluded: records.filter((record) => "excluded" in record),
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

  test.skipIf(isSkipped)("offers the functions that `excluded_function` names, and so does ours", async () => {
    const { excluded } = await official();
    expect(new Set(excluded.map(({ id }) => id)).size).toBe(72);
    for (const { excluded: name, id, offered } of excluded) {
      const { functions, missed_function } = multiTurnTask(loadDataForTests().task(id));
      const ours = [...functions, ...[...missed_function.values()].flat()].some((doc) => doc.get("name") === name);
      expect([id, name, offered, ours]).toEqual([id, name, true, true]);
    }
  });

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
