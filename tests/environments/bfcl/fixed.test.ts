import { beforeAll, describe, expect, test } from "bun:test";
import { loadGrammar } from "../../../src/environments/bfcl/decode/grammars.ts";
import { knownSolution } from "../../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../../src/environments/bfcl/environment.ts";
import type { Message } from "../../../src/protocol/messages.ts";
import { atOnce } from "../../../src/util/maybe-promise.ts";
import { loadDataForTests, multiTurnTask, whyNoData } from "../../parity/bfcl-data.ts";
import { compatRows } from "./compat-rows.ts";
import { asText } from "./score/right-answers.ts";

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

const inWords = (content: string): Message[] => [{ role: "assistant", content }];

/** The right answer to a task of one call as a text in its language. */
const rightText = (task_id: string): string => String(asText(loadDataForTests().task(task_id)));

const call = (name: string, args: object): Message => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "c", type: "function", function: { name, arguments: JSON.stringify(args) } }],
});

/** What each row of the table in docs/bfcl.md says of its example tasks. */
const rows: Readonly<Record<string, () => void>> = {
  "a turn without ground truth is not judged: anything may be called in it": () => {
    const task = multiTurnTask(loadDataForTests().task("multi_turn_miss_param_0"));
    const empty = task.ground_truth.findIndex((calls) => calls.length === 0);
    // In the turn that needs no call: one that changes nothing.
    const messages = known(task.id);
    const at = task.ground_truth.slice(0, empty).reduce((sum, calls) => sum + (calls.length === 0 ? 1 : 2), 0);
    messages.splice(at, 0, call("pwd", {}));
    expect(verdicts(task.id, messages)).toEqual([
      { valid: true },
      { valid: false, error_type: "multi_turn:irrelevance_error:decoder_success" },
    ]);
  },

  "Java texts are cut by byte offsets: behind a character beyond ASCII every text is shifted": () => {
    const text = rightText("simple_java_0");
    expect(verdicts("simple_java_0", inWords(text)).map(({ valid }) => valid)).toEqual([true, true]);
    expect(verdicts("simple_java_0", inWords(text.replace("(", "(/* été */")))).toEqual([
      { valid: false, error_type: "simple_function_checker:missing_required" },
      { valid: true },
    ]);
  },

  "the body of a Java object is dropped, so a map or a list that is written in a text has nothing in it": () => {
    for (const id of ["simple_java_1", "simple_java_68"]) {
      expect(verdicts(id, inWords(rightText(id)))).toEqual([
        { valid: false, error_type: "value_error:dict_key" },
        { valid: true },
      ]);
    }
  },

  "the strings of a Java array keep their quotes, so the right answer is wrong": () => {
    for (const number of [35, 78, 83, 85, 86, 89, 90, 91]) {
      const id = `simple_java_${number}`;
      expect([id, ...verdicts(id, known(id))]).toEqual([
        id,
        { valid: false, error_type: "value_error:list/tuple" },
        { valid: true },
      ]);
    }
  },

  "items of any type in a Java list or array stay text": () => {
    for (const id of ["simple_java_36", "simple_java_65"]) {
      expect(verdicts(id, known(id))).toEqual([
        { valid: false, error_type: "value_error:list/tuple" },
        { valid: true },
      ]);
    }
  },

  "an answer that is a text where a list of texts is meant is compared letter by letter": () => {
    expect(verdicts("simple_java_64", known("simple_java_64"))).toEqual([
      { valid: false, error_type: "value_error:dict_value" },
      { valid: true },
    ]);
  },

  "a required parameter may not be left out though its answer says so": () => {
    const withoutFormatted = [call("get_prime_factors", { number: 450 })];
    const answers: [string, Message[]][] = [
      ["live_multiple_507-149-4", known("live_multiple_507-149-4")],
      ["simple_python_17", withoutFormatted],
    ];
    for (const [id, messages] of answers) {
      expect(verdicts(id, messages)).toEqual([
        { valid: false, error_type: "simple_function_checker:missing_required" },
        { valid: true },
      ]);
    }
  },

  "JSON answers end at the first `}]`, also inside of a call": () => {
    const ids = loadDataForTests()
      .rows("all", { dataset_sub_type: "format_sensitivity" })
      .map(({ task_id }) => task_id)
      .filter((id) => id.includes("ret_fmt=json") && id.endsWith(":simple_python_96"));
    expect(ids).toHaveLength(6);
    for (const id of ids) {
      expect(verdicts(id, known(id))).toEqual([
        { valid: false, error_type: "simple_function_checker:wrong_count" },
        { valid: true },
      ]);
    }
  },
};

describe(`compat: fixed turns off what the documents say${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test("a case for every row of the table", () => {
    expect(Object.keys(rows)).toEqual(compatRows("official"));
  });

  test.skipIf(isSkipped).each(Object.entries(rows))("%s", (_, behaves) => {
    behaves();
  });
});
