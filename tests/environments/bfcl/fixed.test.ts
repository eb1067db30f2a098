import { beforeAll, describe, expect, test } from "bun:test";
import { decodeAnswer } from "../../../src/environments/bfcl/decode/answer.ts";
import { loadGrammar } from "../../../src/environments/bfcl/decode/grammars.ts";
import { knownSolution } from "../../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../../src/environments/bfcl/environment.ts";
import { dumps } from "../../../src/environments/bfcl/python/json.ts";
import type { Message } from "../../../src/protocol/messages.ts";
import { atOnce } from "../../../src/util/maybe-promise.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";

const missing = whyNoData();
const isSkipped = missing !== null && process.env.CI !== "true";

beforeAll(async () => {
  await loadGrammar("java");
});

/** The verdicts on the same messages in both modes, official first. */
function verdicts(task_id: string, messages: readonly Message[]): { valid: boolean; error_type?: string }[] {
  const environment = bfclEnvironment(loadDataForTests());
  return ["official", "fixed"].map((compat) => {
    const episode = environment.create({ task_id, params: { compat }, seed: null, started_at: 1_760_000_000 });
    for (const message of messages) atOnce(episode.step(message));
    const { valid, error_type } = episode.evaluate().verdict;
    return { valid: valid === true, ...(typeof error_type === "string" ? { error_type } : {}) };
  });
}

const known = (task_id: string): Message[] => knownSolution(loadDataForTests().task(task_id));

const call = (name: string, args: object): Message => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "c", type: "function", function: { name, arguments: JSON.stringify(args) } }],
});

// The rows of the table in docs/bfcl.md, in its order.
describe(`compat: fixed turns off${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test.skipIf(isSkipped)("turns without ground truth in which anything may be called", () => {
    const task = loadDataForTests().task("multi_turn_miss_param_0");
    if (task.kind !== "multi_turn") throw new Error("multi_turn_miss_param_0 is a multi-turn task");
    const empty = task.ground_truth.findIndex((calls) => calls.length === 0);
    // In the turn that needs no call: one that changes nothing.
    const messages = known(task.id);
    const at = task.ground_truth.slice(0, empty).reduce((sum, calls) => sum + (calls.length === 0 ? 1 : 2), 0);
    messages.splice(at, 0, call("pwd", {}));
    expect(verdicts(task.id, messages)).toEqual([
      { valid: true },
      { valid: false, error_type: "multi_turn:irrelevance_error:decoder_success" },
    ]);
  });

  test("Java texts that are cut by byte offsets", () => {
    const text = '[f(a="café", b=12)]';
    const decoded = (byteOffsets: boolean) => dumps(decodeAnswer(text, { format: "java", byteOffsets }));
    expect([decoded(true), decoded(false)]).toEqual([
      '[{"f": {"a": "caf\\u00e9\\"", "=": "2)"}}]',
      '[{"f": {"a": "caf\\u00e9", "b": "12"}}]',
    ]);
  });

  test.skipIf(isSkipped).each(["simple_java_35", "simple_java_86"])(
    "quotes on the strings of a Java array: %s",
    (id) => {
      expect(verdicts(id, known(id))).toEqual([
        { valid: false, error_type: "value_error:list/tuple" },
        { valid: true },
      ]);
    },
  );

  test.skipIf(isSkipped)("items of any type that stay text in a Java list", () => {
    expect(verdicts("simple_java_36", known("simple_java_36")).map(({ valid }) => valid)).toEqual([false, true]);
  });

  test.skipIf(isSkipped)("an answer that is compared letter by letter", () => {
    expect(verdicts("simple_java_64", known("simple_java_64")).map(({ valid }) => valid)).toEqual([false, true]);
  });

  test.skipIf(isSkipped)("required parameters that the answer marks as optional and that may not be left out", () => {
    const id = "live_multiple_507-149-4";
    expect(verdicts(id, known(id))).toEqual([
      { valid: false, error_type: "simple_function_checker:missing_required" },
      { valid: true },
    ]);
  });

  test.skipIf(isSkipped)("JSON that is cut at the first list of objects inside of a call", () => {
    const id =
      "format_sensitivity_113:ret_fmt=json&tool_call_tag=False&func_doc_fmt=python&prompt_fmt=plaintext&style=classic:simple_python_96";
    expect(verdicts(id, known(id)).map(({ valid }) => valid)).toEqual([false, true]);
  });
});
