import { describe, expect, test } from "bun:test";
import { judgeTurns, type ModelTurns, overall } from "../../../src/environments/bfcl/multi-turn/checker.ts";
import type { MultiTurnVerdict } from "../../../src/environments/bfcl/multi-turn/verdict.ts";
import { CONTEXT, dict } from "./small-tasks.ts";

const CONFIG = dict(
  '{"GorillaFileSystem": {"root": {"home": {"type": "directory", "contents": {"note.txt": {"type": "file", "content": "alpha"}}}}}}',
);

/** The verdict on turns of one-call steps. */
function verdict(truth: string[][], turns: string[][] | ModelTurns): MultiTurnVerdict {
  const task = {
    id: "multi_turn_base_900",
    involved_classes: ["GorillaFileSystem", "MathAPI"],
    initial_config: CONFIG,
    ground_truth: truth,
  };
  const steps = turns.map((turn) => turn.map((step) => (typeof step === "string" ? [step] : step)));
  return overall(task, steps.length, judgeTurns(task, steps, CONTEXT));
}

describe("the multi-turn checker", () => {
  test("takes calls in any order, over any steps, with harmless ones between them", () => {
    const truth = [["add(a=1, b=2)", "cat('note.txt')"]];
    expect(verdict(truth, [["cat(file_name='note.txt')", "ls()", "no_such_call()", "add(a=1, b=2)"]])).toMatchObject({
      valid: true,
    });
    expect(verdict(truth, [[["ls()", "add(a=1, b=2)"], ["cat('note.txt')"]]])).toMatchObject({ valid: true });
  });

  test("counts a result that was given in an earlier turn, and each result once", () => {
    expect(verdict([["ls()"], ["cat('note.txt')"]], [["cat('note.txt')", "ls()"], ["pwd()"]]).valid).toBe(true);
    const twice = verdict([["ls()", "ls()"]], [["ls()"]]);
    expect(twice).toMatchObject({
      valid: false,
      error_type: "multi_turn:execution_response_mismatch",
      error_message:
        "Model response execution results so far does not contain all the ground truth response execution results for turn 0.",
      missing_items: ['{"current_directory_content": ["note.txt"]}'],
    });
  });

  test("looks at the state before the results, and at the first class that differs", () => {
    const given = verdict([["touch(file_name='a')", "add(a=1, b=2)"]], [["touch(file_name='b')"]]);
    expect(given).toMatchObject({ error_type: "multi_turn:instance_state_mismatch", diff_attrs: ["root"] });
    expect(given.error_message).toBe(
      "Model instance for GorillaFileSystem does not match the state with ground truth instance.",
    );
  });

  test("wants a call in a turn whose ground truth has one, also where the state is right", () => {
    expect(verdict([["pwd()"], ["ls()"]], [["pwd()", "ls()"], []])).toMatchObject({
      valid: false,
      error_type: "multi_turn:empty_turn_model_response",
      error_message: "Model response list is empty for turn 1",
    });
  });

  test("judges no turn without ground truth, but runs its calls", () => {
    expect(verdict([[], ["ls()"]], [["rm(file_name='gone')", "ls()"], ["pwd()"]]).valid).toBe(true);
    expect(verdict([[], ["ls()"]], [["rm(file_name='note.txt')"], ["ls()"]]).error_type).toBe(
      "multi_turn:instance_state_mismatch",
    );
    expect(verdict([[], ["ls()"]], [["rm(file_name='gone')"], ["ls()"]]).turns.map((turn) => turn.checked)).toEqual([
      false,
      true,
    ]);
  });

  test("lets the first turn that fails decide, and says of each turn how it went", () => {
    const given = verdict([["ls()"], ["pwd()"], ["cat('note.txt')"]], [[], ["pwd()"], ["pwd()"]]);
    expect(given.error_type).toBe("multi_turn:empty_turn_model_response");
    expect(given.turns.map((turn) => turn.error_type)).toEqual([
      "multi_turn:empty_turn_model_response",
      null,
      "multi_turn:execution_response_mismatch",
    ]);
  });

  test("ends before it begins where the number of turns differs", () => {
    for (const turns of [[["ls()"]], [["ls()"], ["ls()"], ["ls()"]]]) {
      expect(verdict([["ls()"], ["ls()"]], turns)).toMatchObject({
        valid: false,
        error_type: "multi_turn:force_terminated",
      });
    }
  });
});
