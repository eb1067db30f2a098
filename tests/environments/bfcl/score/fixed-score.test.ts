import { beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadGrammar } from "../../../../src/environments/bfcl/decode/grammars.ts";
import { PyDateTime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { executable, meantCalls } from "../../../../src/environments/bfcl/score/model-result.ts";
import { scoreEntry } from "../../../../src/environments/bfcl/score/score-entry.ts";
import { loadDataForTests, whyNoData } from "../../../parity/bfcl-data.ts";
import { asCalls, asText } from "./right-answers.ts";

const missing = whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

beforeAll(async () => {
  await loadGrammar("java");
  await loadGrammar("javascript");
});

/** What is wrong with a result in both modes, official first; null where it is right. */
function errors(task_id: string, result: PyValue, names: "dots" | "underscores" = "dots"): (string | null)[] {
  const data = loadDataForTests();
  const context = { longContext: data.longContext, today: () => PyDateTime.fromTimestamp(0) };
  return [false, true].map((fixed) => scoreEntry(data.anyTask(task_id), result, { names, fixed, context }).error_type);
}

// The rows of the tables in docs/bfcl.md that score knows.
describe(`score in the mode fixed${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test.skipIf(isSkipped)(
    "finds the ground truth of every task right, but in four that nothing satisfies",
    () => {
      const data = loadDataForTests();
      const rows = data.rows("all", { dataset_sub_type: "single_turn,multi_turn,format_sensitivity" });
      const wrong = rows.filter(({ task_id }) => {
        const task = data.task(task_id);
        const isPython = task.kind !== "single_turn" || task.language === "python";
        const [, fixed] = isPython ? errors(task_id, asText(task)) : errors(task_id, asCalls(task), "underscores");
        return fixed !== null;
      });
      expect(rows.length).toBe(9641);
      expect(wrong.map(({ task_id }) => task_id)).toEqual([
        "live_multiple_862-181-3",
        "live_multiple_964-207-0",
        "live_simple_106-63-0",
        "live_simple_112-68-0",
      ]);
    },
    120_000,
  );

  test.skipIf(isSkipped)("keeps positional arguments of texts, which the official decoder drops", () => {
    const answer = asText(loadDataForTests().task("multi_turn_base_0"));
    expect(errors("multi_turn_base_0", answer)).toEqual(["multi_turn:execution_response_mismatch", null]);
  });

  test.skipIf(isSkipped)("judges a turn that needs no call", () => {
    const task = loadDataForTests().task("multi_turn_miss_param_1");
    if (task.kind !== "multi_turn") throw new Error("multi_turn_miss_param_1 is a multi-turn task");
    const answer = task.ground_truth.map((calls) => [calls.length === 0 ? "[pwd()]" : inOneAnswer(calls)]);
    expect(errors(task.id, answer)).toEqual([null, "multi_turn:irrelevance_error:decoder_success"]);
  });

  test.skipIf(isSkipped)("judges as episodes do: Java arrays, parameters that may be left out, lists in JSON", () => {
    const task = (task_id: string) => loadDataForTests().task(task_id);
    const rightOnlyWhenFixed = (task_id: string, [official, fixed]: (string | null)[]) =>
      expect([task_id, official === null, fixed ?? null]).toEqual([task_id, false, null]);
    for (const number of [35, 36, 64, 65, 78, 83, 85, 86, 89, 90, 91]) {
      const id = `simple_java_${number}`;
      rightOnlyWhenFixed(id, errors(id, asCalls(task(id)), "underscores"));
    }
    const json =
      "ret_fmt=json&tool_call_tag=False&func_doc_fmt=python&prompt_fmt=plaintext&style=classic:simple_python_96";
    for (const id of ["live_multiple_507-149-4", `format_sensitivity_113:${json}`]) {
      rightOnlyWhenFixed(id, errors(id, asText(task(id))));
    }
  });

  test("leaves a dict of dicts, or an empty one, and the words of a text what they are", () => {
    const text = "[f(a={'k': {'b': 1}}, t='use sort (x)')]";
    expect(executable(text)).toEqual(["f(a=k(b=1), t='use sort (x)')"]);
    expect(() => executable("[f(a={})]")).toThrow("list index out of range");
    const [call] = meantCalls(text, () => []);
    if (call === undefined || typeof call === "string") throw new Error("a call with values was wanted");
    expect([call.name, call.args, dumps(PyDict.of(call.kwargs))]).toEqual([
      "f",
      [],
      '{"a": {"k": {"b": 1}}, "t": "use sort (x)"}',
    ]);
    expect(meantCalls("[f(a={})]", () => [])).toHaveLength(1);
  });

  test.skipIf(isSkipped)(
    "is what the command does with --compat fixed, and its scores say so",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "stepwell-score-"));
      try {
        const file = join(folder, "BFCL_v4_multi_turn_base_result.json");
        const result = asText(loadDataForTests().task("multi_turn_base_0"));
        await writeFile(file, `${dumps(PyDict.of({ id: "multi_turn_base_0", result }))}\n`);
        const scored = async (flags: string[]) => {
          const command = [process.execPath, "src/cli/main.ts", "score", "bfcl", file, ...flags];
          const child = Bun.spawn(command, { stdout: "ignore", stderr: "pipe" });
          const [said, code] = [await new Response(child.stderr).text(), await child.exited];
          expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
          const { compat, categories } = JSON.parse(await readFile(join(folder, "stepwell-score.json"), "utf8"));
          return [compat, categories.multi_turn_base.accuracy];
        };
        expect(await scored([])).toEqual(["official", 0]);
        expect(await scored(["--compat", "fixed"])).toEqual(["fixed", 1]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

/** Calls as the text of one answer. */
const inOneAnswer = (calls: readonly string[]): string => `[${calls.join(", ")}]`;
