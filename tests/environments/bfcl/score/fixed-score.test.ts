import { beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadGrammar } from "../../../../src/environments/bfcl/decode/grammars.ts";
import { Engine, type EngineContext } from "../../../../src/environments/bfcl/engine.ts";
import { bfclEnvironment } from "../../../../src/environments/bfcl/environment.ts";
import { PyDateTime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { decodeResult, executable, meantCalls } from "../../../../src/environments/bfcl/score/model-result.ts";
import { scoreEntry } from "../../../../src/environments/bfcl/score/score-entry.ts";
import type { Message } from "../../../../src/protocol/messages.ts";
import { atOnce } from "../../../../src/util/maybe-promise.ts";
import { loadDataForTests, multiTurnTask, whyNoData } from "../../../parity/bfcl-data.ts";
import { compatRows } from "../compat-rows.ts";
import { multiTurnTasks } from "../random-calls.ts";
import { asCalls, asText } from "./right-answers.ts";

const missing = whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

beforeAll(async () => {
  await loadGrammar("java");
  await loadGrammar("javascript");
});

function context(): EngineContext {
  return { longContext: loadDataForTests().longContext, today: () => PyDateTime.fromTimestamp(0) };
}

/** What is wrong with a result in both modes, official first; null where it is right. */
function errors(task_id: string, result: PyValue, names: "dots" | "underscores" = "dots"): (string | null)[] {
  const task = loadDataForTests().anyTask(task_id);
  return [false, true].map((fixed) => scoreEntry(task, result, { names, fixed, context: context() }).error_type);
}

/** The calls of a step that has these texts for its calls, as a message of a live episode. */
const inOneMessage = (calls: readonly string[]): Message => ({ role: "assistant", content: inOneAnswer(calls) });

/** What the tools answer in a live episode, `compat: official`, to these calls in the first message. */
function liveResults(task_id: string, calls: readonly string[]): string {
  const params = { action_format: "python" };
  const episode = bfclEnvironment(loadDataForTests()).create({
    task_id,
    params,
    seed: null,
    started_at: 1_760_000_000,
  });
  return JSON.stringify(atOnce(episode.step(inOneMessage(calls))).state);
}

/** What each row of the table of decoders in docs/bfcl.md says of its examples. */
const rows: Readonly<Record<string, () => void>> = {
  "positional arguments of texts are dropped": () => {
    const tasks = multiTurnTasks(loadDataForTests());
    const verdicts = tasks.map((task) => ({ id: task.id, errors: errors(task.id, asText(task)) }));
    const failed = verdicts.filter((each) => each.errors[0] !== null);
    expect(failed.map(({ id }) => id)).toContain("multi_turn_base_0");
    expect(failed).toHaveLength(96);
    expect(verdicts.filter((each) => each.errors[1] !== null)).toEqual([]);
  },

  "a dict of dicts is taken for a call, an empty dict makes the message undecodable": () => {
    const nested = "[f(a={'k': {'b': 1}})]";
    expect(executable(nested)).toEqual(["f(a=k(b=1))"]);
    expect(meant(nested)).toEqual(["f", '{"a": {"k": {"b": 1}}}']);
    const id = "multi_turn_base_48";
    const nothing = "edit_ticket(ticket_id=654321, updates={})";
    const turns = multiTurnTask(loadDataForTests().task(id)).ground_truth;
    const answer = turns.map((calls, turn) => [inOneAnswer(turn === turns.length - 1 ? [...calls, nothing] : calls)]);
    expect(errors(id, answer)).toEqual(["multi_turn:empty_turn_model_response", null]);
    expect(liveResults(id, [nothing])).toContain("Ticket 654321 has been updated");
  },

  "`<tool_call>` needs a line end behind it and one before `</tool_call>`, or the block is no call": () => {
    const id = "simple_python_0";
    const json = '{"name": "calculate_triangle_area", "arguments": {"base": 10, "height": 5}}';
    expect(errors(id, `<tool_call>\n${json}\n</tool_call>`)).toEqual([null, null]);
    expect(errors(id, `<tool_call>${json}</tool_call>`)).toEqual(["simple_function_checker:wrong_count", null]);
    const live = bfclEnvironment(loadDataForTests()).create({ task_id: id, params: {}, seed: null, started_at: 0 });
    expect(atOnce(live.step({ role: "assistant", content: `<tool_call>${json}</tool_call>` })).reward).toBe(1);
  },

  "calls are text that is rewritten and evaluated: a blank before `(` goes, names of functions in front of it are changed, in strings too":
    () => {
      const id = "multi_turn_base_0";
      const written = ["touch(file_name='a (b)')", "rm(file_name='a(b)')"];
      const answer = multiTurnTask(loadDataForTests().task(id)).ground_truth.map((calls, turn) => [
        inOneAnswer(
          [...(turn === 0 ? written : []), ...calls].map((text) => text.replace("sort('", "sort(file_name='")),
        ),
      ]);
      expect(errors(id, answer)).toEqual([null, "multi_turn:instance_state_mismatch"]);
      const said = "post_tweet(content='use sort (x)')";
      expect(executable(`[${said}]`)).toEqual([said]);
      expect(meant(`[${said}]`)).toEqual(["post_tweet", '{"content": "use sort (x)"}']);
      expect(liveResults(id, ["touch(file_name='use sort (x)')", "ls()"])).toContain("use sort (x)");
      const engine = new Engine(multiTurnTask(loadDataForTests().task(id)), context());
      engine.runText("touch(file_name='use sort (x)')");
      expect(engine.runText("ls()")).toContain("use stepwell_multi_turn_base_0_GorillaFileSystem_instance.sort(x)");
    },
};

test("tagged calls of result files are read as the official handlers of such models read them", () => {
  const tagged = (...blocks: string[]) => blocks.map((block) => `<tool_call>\n${block}\n</tool_call>`).join(" and ");
  const call = '{"name": "f", "arguments": {"a": 1.0, "b": null}}';
  expect(executable(tagged(call, "no JSON", '{"name": "g", "arguments": "{\\"c\\": []}"}'))).toEqual([
    "f(a=1.0,b=None)",
    "g(c=[])",
  ]);
  const decode = (text: string) => () => decodeResult(text, { format: "python" });
  expect(repr(decode(tagged(call, "<tool_call>"))())).toBe("[{'f': {'a': 1.0, 'b': None}}]");
  expect(repr(decode("<tool_call>\nnever closed")())).toBe("[]");
  expect(decode(tagged(call, "[1]"))).toThrow("Model did not return a list of function calls");
  expect(decode(tagged('{"name": "f"}'))).toThrow("'arguments'");
  expect(decode(tagged('{"arguments": {}}'))).toThrow("'name'");
  expect(decode(tagged('{"name": "f", "arguments": "{}"}'))).toThrow("'str' object has no attribute 'items'");
});

/** The one call of a text as it is meant: its name, and its arguments as JSON. */
function meant(text: string): string[] {
  const [call] = meantCalls(text, () => []);
  if (call === undefined || typeof call === "string") throw new Error("a call with values was wanted");
  expect(call.args).toEqual([]);
  return [call.name, dumps(PyDict.of(call.kwargs))];
}

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

  test("a case for every row of the table of its decoders", () => {
    expect(Object.keys(rows)).toEqual(compatRows("`score --compat official`"));
  });

  test.skipIf(isSkipped).each(Object.entries(rows))("%s", (_, behaves) => {
    behaves();
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
