import { describe, expect, test } from "bun:test";
import { judgeAnswer, judgeEpisode } from "../../../../src/environments/bfcl/agentic/checker.ts";

describe("an answer", () => {
  test("is right when one of the expected ones stands in it as whole words, whatever case and punctuation", () => {
    expect(judgeAnswer("{'answer': 'April 1, 2024', 'context': ''}", ["4/1", "april 1 2024"]).valid).toBe(true);
    expect(judgeAnswer("It is 17%.", ["17"]).valid).toBe(true);
    expect(judgeAnswer("It is 170.", ["17"]).valid).toBe(false);
    expect(judgeAnswer("It is 17_", ["17"]).valid).toBe(true);
  });

  test("that begins or ends with another sign needs a word on its other side, as in the official pattern", () => {
    expect(judgeAnswer('say "no"', ["'no'"]).valid).toBe(false);
    expect(judgeAnswer('say"no"x', ["'no'"]).valid).toBe(true);
  });

  test("that is wrong says what was compared", () => {
    expect(judgeAnswer("Bob's", ["Ann"])).toEqual({
      valid: false,
      error_type: "agentic:answer_not_found",
      error_message: "None of the expected answers were found in the model response.",
      details: {
        model_response: "Bob's",
        possible_answers: ["Ann"],
        standardized_model_response: 'bob"s',
        standardized_possible_answers: ["ann"],
      },
    });
  });

  test("is missing when the episode has no last message, or an empty one", () => {
    for (const none of [null, ""]) {
      expect(judgeEpisode(none, [""])).toMatchObject({ valid: false, error_type: "agentic:no_last_message" });
    }
  });
});
