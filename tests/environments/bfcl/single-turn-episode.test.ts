import { describe, expect, test } from "bun:test";
import type { SingleTurnTask } from "../../../src/environments/bfcl/data/types.ts";
import { parseParams } from "../../../src/environments/bfcl/params.ts";
import { PromptBook } from "../../../src/environments/bfcl/prompt.ts";
import { loads } from "../../../src/environments/bfcl/python/json.ts";
import type { PyDict } from "../../../src/environments/bfcl/python/values.ts";
import { SingleTurnEpisode } from "../../../src/environments/bfcl/single-turn/episode.ts";
import type { JsonObject, Message } from "../../../src/protocol/messages.ts";

const doc = (text: string): PyDict => loads(text) as PyDict;

const ADD = doc(
  '{"name": "math.add", "description": "Adds.", "parameters": {"type": "dict", "properties": {"a": {"type": "integer", "description": "One."}, ' +
    '"b": {"type": "integer", "description": "Other."}, "unit": {"type": "string", "description": "Unit."}}, "required": ["a", "b"]}}',
);

const TASK: SingleTurnTask = {
  kind: "single_turn",
  id: "simple_python_900",
  category: "simple_python",
  source_index: 900,
  question: [
    [
      { role: "system", content: "Speak briefly." },
      { role: "user", content: "Hello." },
      { role: "system", content: "And kindly." },
      { role: "user", content: "Add 2 and 3." },
    ],
  ],
  functions: [ADD],
  schemas: [ADD],
  language: "python",
  scored_by: "ast",
  shape: "simple",
  possible_answer: [doc('{"math.add": {"a": [2], "b": [3], "unit": ["", "m"]}}')],
};

const episode = (params: JsonObject = {}, task = TASK): SingleTurnEpisode =>
  new SingleTurnEpisode(task, parseParams(params), new PromptBook());

const said = (content: string): Message => ({ role: "assistant", content });

/** The verdict on an answer in words: what `evaluate` says, and the reward of the step. */
function judged(content: string | Message, params: JsonObject = {}, task = TASK) {
  const instance = episode(params, task);
  const step = instance.step(typeof content === "string" ? said(content) : content);
  return { reward: step.reward, format: step.action.format, ...instance.evaluate().verdict } as {
    reward: number;
    format: string | null;
    valid: boolean;
    error_type?: string;
    first_difference: { what: string } | null;
  };
}

describe("a single-turn episode", () => {
  test("begins with all system messages in one, and every user message", () => {
    const { state, tools, info } = episode();
    expect(state.map(({ role }) => role)).toEqual(["system", "user", "user"]);
    expect(state[0]?.content).toContain("Speak briefly.\n\nAnd kindly.");
    expect(state.slice(1).map(({ content }) => content)).toEqual(["Hello.", "Add 2 and 3."]);
    expect(tools.map((tool) => tool.function.name)).toEqual(["math_add"]);
    expect(info).toEqual({ category: "simple_python", source_index: 900, turns: 1, language: "python" });
  });

  test("ends with the first action, and refuses a second", () => {
    const instance = episode();
    const step = instance.step(said("[math.add(a=2, b=3)]"));
    expect([step.end_reason, step.reward, step.state[0]?.content]).toEqual([
      "completed",
      1,
      "[CONVERSATION_COMPLETED]",
    ]);
    expect(() => instance.step(said("again"))).toThrow("the episode is over");
  });

  const forms: [string, string | Message][] = [
    ["python", "[math.add(a=2, b=3)]"],
    ["python", "math.add(a=2, b=3)"],
    ["python", "```python\n[math_add(a=2, b=3)]\n```"],
    ["python", "<think>Hm.</think>\n[math.add(2, 3)]"],
    ["hermes", '<tool_call>\n{"name": "math_add", "arguments": {"a": 2, "b": 3}}\n</tool_call>'],
    [
      "xml",
      '<functions><function name="math.add"><param name="a" type="integer">2</param><param name="b" type="integer">3</param></function></functions>',
    ],
    [
      "tool_calls",
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "math_add", arguments: '{"a": 2, "b": 3}' } }],
      },
    ],
  ];
  test.each(forms)("reads %s: %j", (format, answer) => {
    expect(judged(answer)).toMatchObject({ valid: true, reward: 1, format, first_difference: null });
  });

  test("says which rule failed and what first differs, in the official words", () => {
    expect(judged("[math.add(a=2, b=4)]")).toMatchObject({
      valid: false,
      error_type: "value_error:others",
      first_difference: {
        rule: "value_error:others",
        what: "Invalid value for parameter 'b': 4. Expected one of [3].",
      },
    });
    expect(judged("I would rather not.").error_type).toBe("ast_decoder:decoder_failed");
    expect(judged("<tool_call>{</tool_call>")).toMatchObject({
      format: "hermes",
      error_type: "ast_decoder:decoder_failed",
    });
    expect(judged("[]").error_type).toBe("simple_function_checker:wrong_count");
  });

  test("is wrong until something was answered, also where no call is wanted", () => {
    const irrelevance = { ...TASK, scored_by: "irrelevance" as const, possible_answer: [] };
    expect(episode({}, irrelevance).evaluate()).toMatchObject({
      reward: 0,
      verdict: { error_type: "single_turn:no_answer" },
    });
    expect(judged("No function can do that.", {}, irrelevance)).toMatchObject({ valid: true, reward: 1 });
    expect(judged("[math.add(a=1)]", {}, irrelevance).error_type).toBe("irrelevance_error:decoder_success");
    const relevance = { ...irrelevance, scored_by: "relevance" as const };
    expect(judged("[anything(a=1)]", {}, relevance).valid).toBe(true);
    expect(judged("No.", {}, relevance).error_type).toBe("relevance_error:decoder_failed");
  });

  test("pays by what is right in dense: the function a fifth, its arguments the rest; 1 only for a right answer", () => {
    const dense = (text: string) => judged(text, { reward: "dense" }).reward;
    expect(dense("[math.add(a=2, b=3)]")).toBe(1);
    expect(dense("[math.add(a=2, b=4)]")).toBeCloseTo(0.2 + 0.8 / 2);
    expect(dense("[math.add(a=2)]")).toBeCloseTo(0.2 + 0.8 / 2);
    expect(dense("[math.add(a=2, b=3, c=4)]")).toBeCloseTo(0.2 + (0.8 * 2) / 3);
    expect(dense("[math.add(a=2, b=3), math.add(a=2, b=3)]")).toBeCloseTo(0.5);
    expect(dense("[other(a=2, b=3)]")).toBe(0);
    expect(dense("nothing")).toBe(0);
    expect(judged("[math.add(a=2, b=4)]", { reward: "turn" }).reward).toBe(0);
  });

  test("of a pinned form reads nothing else", () => {
    expect(judged("[math.add(a=2, b=3)]", { action_format: "hermes" })).toMatchObject({ valid: false, format: null });
  });

  test("shares its prompt with the others of a group, and lets go of it when many other tasks were played", () => {
    const prompts = new PromptBook();
    const opened = (task: SingleTurnTask) => new SingleTurnEpisode(task, parseParams({}), prompts).tools;
    const first = opened(TASK);
    expect(opened(TASK)).toBe(first);
    // 40 prompts of 128 Ki characters: more than the four Mi that are kept.
    const long = { role: "system", content: "x".repeat(2 ** 17) } as const;
    for (let index = 0; index < 40; index++) opened({ ...TASK, id: `long_${index}`, question: [[long]] });
    expect(opened(TASK)).not.toBe(first);
    expect(opened(TASK)).toEqual(first);
  });
});
