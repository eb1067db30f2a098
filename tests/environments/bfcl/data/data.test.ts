import { expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCache, writeCache } from "../../../../src/environments/bfcl/data/cache.ts";
import { CATEGORIES, ServedCategories } from "../../../../src/environments/bfcl/data/categories.ts";
import { digestOf } from "../../../../src/environments/bfcl/data/files.ts";
import { sourceIndexOf } from "../../../../src/environments/bfcl/data/source.ts";
import { entriesOf } from "../../../../src/environments/bfcl/data/splits.ts";
import { toOpenAiTool, toolJson } from "../../../../src/environments/bfcl/data/tools.ts";
import { getWheel } from "../../../../src/environments/bfcl/data/wheel.ts";
import { loads } from "../../../../src/environments/bfcl/python/json.ts";
import type { PyDict } from "../../../../src/environments/bfcl/python/values.ts";
import { loadDataForTests, multiTurnTask, whyNoData } from "../../../parity/bfcl-data.ts";

const missing = whyNoData();
const withData = (name: string, run: () => void) =>
  test.skipIf(missing !== null && process.env.CI !== "true")(
    missing === null ? name : `${name} (not run: ${missing})`,
    run,
  );

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const files = new Map([
  ["bfcl_eval/data/a.json", new TextEncoder().encode("one")],
  ["bfcl_eval/data/b.json", new TextEncoder().encode("two")],
]);

test("what is written to the cache is read again, with the digest of the files", () =>
  inFolder(async (folder) => {
    await writeCache(folder, files);
    const cached = await readCache(folder);
    expect([...(cached?.files ?? [])].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])).toEqual([
      ["bfcl_eval/data/a.json", "one"],
      ["bfcl_eval/data/b.json", "two"],
    ]);
    expect(cached?.sha256).toBe(digestOf(files));
    expect((await readdir(folder)).length).toBe(1);
  }));

test("a damaged cache is as good as none", () =>
  inFolder(async (folder) => {
    expect(await readCache(folder)).toBeNull();
    const path = await writeCache(folder, files);
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = 0;
    await writeFile(path, bytes);
    expect(await readCache(folder)).toBeNull();
    await writeFile(path, bytes.subarray(0, 10));
    expect(await readCache(folder)).toBeNull();
  }));

test("a wheel of another content is refused, and a path to nothing says so", () =>
  inFolder(async (folder) => {
    const path = join(folder, "other.whl");
    await writeFile(path, "not the wheel");
    const failure = (wheel: string) =>
      getWheel({ STEPWELL_BFCL_WHEEL: wheel }, () => {}).catch((error: Error) => error.message);
    expect(await failure(path)).toContain("sha256");
    expect(await failure(join(folder, "none.whl"))).toContain("there is no file");
  }));

test("a sub type is a group, a category or a list of them; what is not served is said", () => {
  const served = new ServedCategories(new Set());
  expect(served.select("multi_turn")).toEqual([
    "multi_turn_base",
    "multi_turn_long_context",
    "multi_turn_miss_func",
    "multi_turn_miss_param",
  ]);
  expect(served.select("multi_turn_base, multi_turn_miss_func")).toEqual(["multi_turn_base", "multi_turn_miss_func"]);
  expect(served.select("non_python")).toEqual(["simple_java", "simple_javascript"]);
  expect(served.select("all").length).toBe(20);
  expect(() => served.select("web_search")).toThrow("none of the categories");
  expect(() => served.select("nope")).toThrow('no dataset_sub_type "nope"; there are: all');
  for (const { what, reason } of served.unavailable) expect([what, reason.length > 10]).toEqual([what, true]);
});

test("the source of a task is its number, or the number of the function that several questions share", () => {
  expect(sourceIndexOf("multi_turn_base_7")).toBe(7);
  expect(sourceIndexOf("live_multiple_19-3-15")).toBe(3);
  expect(sourceIndexOf("memory_kv_4-customer-0")).toBe(4);
});

test("the clean splits share no source index, and every entry is in one of them", () => {
  const entries = Array.from({ length: 40 }, (_, index) => ({ source_index: index % 10 }));
  const train = entriesOf("train_clean", entries);
  const val = entriesOf("val_clean", entries);
  expect(train.length + val.length).toBe(entries.length);
  const held = new Set(val.map(({ source_index }) => source_index));
  expect(train.some(({ source_index }) => held.has(source_index))).toBe(false);
  expect(entriesOf("train", entries).length).toBe(20);
});

test("a function doc becomes an OpenAI tool, its ints and floats kept in the text", () => {
  const doc = loads(
    '{"name": "a.b", "description": "d", "parameters": {"type": "dict", "properties": {"x": {"type": "float", "description": "X.", "default": 5.0}, ' +
      '"y": {"type": "array", "items": {"type": "dict", "properties": {"z": {"type": "any"}}}}, "w": {"type": "tuple"}}, "required": ["x"]}, "response": {}}',
  ) as PyDict;
  expect(toolJson(doc)).toBe(
    '{"type": "function", "function": {"name": "a_b", "description": "d", "parameters": {"type": "object", "properties": {"x": {"type": "number", ' +
      '"description": "X. This is a float type value.", "default": 5.0, "format": "float"}, "y": {"type": "array", "items": {"type": "object", "properties": ' +
      '{"z": {"type": "string"}}}}, "w": {"type": "array"}}, "required": ["x"]}}}',
  );
  expect(toOpenAiTool(doc).function.name).toBe("a_b");
});

withData("all 800 tasks are there, with the columns of their rows", () => {
  const rows = loadDataForTests().rows("all", {});
  expect(rows.length).toBe(800);
  expect(Object.keys(rows[0] ?? {})).toEqual(["task_id", "category", "source_index", "turns", "tools", "prompt_chars"]);
  expect(loadDataForTests().rows("all", { category: "multi_turn_base", max_turns: "2" }).length).toBeGreaterThan(0);
  expect(() => loadDataForTests().rows("all", { colour: "red" })).toThrow("bfcl filters by category");
});

withData("every sub type that is served whole has as many tasks as the official mapping", () => {
  const counts = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, loadDataForTests().rows("all", { dataset_sub_type: name }).length]));
  const official = {
    multi_turn: 800,
    single_turn: 3641,
    live: 2251,
    non_live: 1390,
    non_python: 150,
    python: 3491,
    format_sensitivity: 5200,
  };
  expect(counts(Object.keys(official))).toEqual(official);
  const each = {
    simple_python: 400,
    simple_java: 100,
    simple_javascript: 50,
    multiple: 200,
    parallel: 200,
    parallel_multiple: 200,
    irrelevance: 240,
    live_simple: 258,
    live_multiple: 1053,
    live_parallel: 16,
    live_parallel_multiple: 24,
    live_irrelevance: 884,
    live_relevance: 16,
  };
  expect(counts(Object.keys(each))).toEqual(each);
});

withData("train is base and long_context, as the older service has it; an index names a task", () => {
  const data = loadDataForTests();
  const categories = new Set(data.rows("train", {}).map(({ category }) => category));
  expect([...categories]).toEqual(["multi_turn_base", "multi_turn_long_context"]);
  expect(data.task("0").id).toBe("multi_turn_base_0");
  expect(data.task("200").id).toBe("multi_turn_long_context_0");
  expect(() => data.task("800")).toThrow("the selected list ends at 799");
  expect(() => data.task("web_search_base_0")).toThrow("set SERPAPI_API_KEY");
  expect(() => data.task("multi_turn_base_999")).toThrow("the nearest are multi_turn_base_99");
});

withData("the clean splits of every category share no source, and what words of the user they share is printed", () => {
  const data = loadDataForTests();
  const said = (id: string): string => JSON.stringify(data.task(id).question);
  for (const { name, needs } of CATEGORIES) {
    if (needs !== null) continue;
    const rows = (split: string) => data.rows(split, { dataset_sub_type: name });
    const [train, val] = [rows("train_clean"), rows("val_clean")];
    const sources = new Set(train.map(({ source_index }) => source_index));
    expect(val.filter(({ source_index }) => sources.has(source_index))).toEqual([]);
    const questions = new Set(train.map(({ task_id }) => said(task_id)));
    const shared = val.filter(({ task_id }) => questions.has(said(task_id))).length;
    console.log(`${name}: ${train.length} and ${val.length} tasks; words that train_clean has too: ${shared}`);
    expect(shared).toBeLessThanOrEqual(val.length / 5);
    expect(val.length).toBeGreaterThan(0);
  }
});

withData("what overlap of ground truth is left between the splits", () => {
  const data = loadDataForTests();
  const sequences = (split: string) =>
    new Map(
      data
        .rows(split, {})
        .map(({ task_id }) => [task_id, JSON.stringify(multiTurnTask(data.task(task_id)).ground_truth.flat())]),
    );
  const overlap = (train: string, val: string): number => {
    const seen = new Set(sequences(train).values());
    return [...sequences(val).values()].filter((sequence) => seen.has(sequence)).length;
  };
  const contaminated = overlap("train", "val");
  const clean = overlap("train_clean", "val_clean");
  console.log(
    `ground-truth sequences of val that train has: ${contaminated} of 400; of val_clean that train_clean has: ${clean} of 160`,
  );
  expect(contaminated).toBeGreaterThan(100);
  expect(clean).toBeLessThanOrEqual(4);
});
