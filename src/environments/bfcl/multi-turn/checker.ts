import type { BfclTask } from "../data/types.ts";
import { Engine, type EngineCall, type EngineContext } from "../engine.ts";
import { PyError } from "../python/errors.ts";
import { eq } from "../python/operators.ts";
import type { PyValue } from "../python/values.ts";
import { firstDifference, pythonText } from "./difference.ts";
import type { MultiTurnVerdict, TurnError, TurnVerdict } from "./verdict.ts";

/** What the model ran: turns of steps of calls. A step without calls is left out, as the official decoding leaves it. */
export type ModelTurns = readonly (readonly (readonly EngineCall[])[])[];

type CheckedTask = Pick<BfclTask, "id" | "involved_classes" | "initial_config" | "ground_truth">;

/**
 * Judges each turn that the model has had by the rules of the official `multi_turn_checker`: the model's calls and the
 * ground truth's run on two fresh engines, and after each turn the states must be equal and the results of the ground
 * truth's calls must be among all results so far. Nothing of a live instance takes part. The official checker stops at
 * the first turn that fails; here the turns after it are judged too, and `overall` takes the first.
 */
export function judgeTurns(task: CheckedTask, turns: ModelTurns, context: EngineContext): TurnVerdict[] {
  const model = new Engine(task, { ...context, namePrefix: `${context.namePrefix ?? "stepwell"}_eval` });
  const expected = new Engine(task, {
    ...context,
    namePrefix: `${context.namePrefix ?? "stepwell"}_ground_truth_eval`,
  });
  const resultsSoFar: string[] = [];
  const verdicts: TurnVerdict[] = [];
  for (const [turn, truth] of task.ground_truth.entries()) {
    const steps = turns[turn];
    if (steps === undefined) break;
    for (const call of steps.flat()) resultsSoFar.push(model.run(call));
    const truthResults = truth.map((call) => expected.run(call));
    // A turn without ground truth is not judged by the official checker, though its calls count for the next turn.
    const checked = truth.length > 0;
    const error = checked ? judge(turn, steps, model, expected, resultsSoFar, truthResults) : null;
    verdicts.push({ turn, checked, error });
  }
  return verdicts;
}

/** The verdict on an episode: the official per-entry rule (as many turns as the ground truth has) and then the checker's. */
export function overall(task: CheckedTask, modelTurns: number, turns: readonly TurnVerdict[]): MultiTurnVerdict {
  const rows = turns.map(({ turn, checked, error }) => ({
    turn,
    valid: error === null,
    checked,
    error_type: error?.error_type ?? null,
  }));
  const failed = turns.find((turn) => turn.error !== null)?.error ?? null;
  const first_difference = failed?.first_difference ?? null;
  if (modelTurns !== task.ground_truth.length) {
    return {
      valid: false,
      error_type: "multi_turn:force_terminated",
      error_message: [
        `Model was force-terminated during inference phase. The length of the model result turns (${modelTurns}) does not match the length of the ground truth turns (${task.ground_truth.length}).`,
      ],
      turns: rows,
      first_difference,
    };
  }
  if (failed === null) return { valid: true, turns: rows, first_difference };
  const { error_type, error_message, diff_attrs, missing_items } = failed;
  return {
    valid: false,
    error_type,
    error_message,
    ...(diff_attrs === undefined ? {} : { diff_attrs }),
    ...(missing_items === undefined ? {} : { missing_items }),
    turns: rows,
    first_difference,
  };
}

function judge(
  turn: number,
  steps: ModelTurns[number],
  model: Engine,
  expected: Engine,
  resultsSoFar: readonly string[],
  truthResults: readonly string[],
): TurnError | null {
  // One empty step is nothing, two empty steps are something: the official helper looks at the first alone.
  if (steps.length === 0 || (steps.length === 1 && steps[0]?.length === 0)) {
    return {
      error_type: "multi_turn:empty_turn_model_response",
      error_message: `Model response list is empty for turn ${turn}`,
      first_difference: { turn, expected_calls: truthResults.length, model_calls: 0 },
    };
  }
  return stateMismatch(turn, model, expected) ?? responseMismatch(turn, resultsSoFar, truthResults);
}

/** The first class whose public attributes differ from the ground truth's. */
function stateMismatch(turn: number, model: Engine, expected: Engine): TurnError | null {
  for (const className of expected.classes) {
    // Two objects that nobody has called are equal: both come from the same configuration.
    if (!model.touched(className) && !expected.touched(className)) continue;
    const theirs = new Map(model.publicState(className));
    const differing = expected
      .publicState(className)
      .filter(([name, value]) => !equal(theirs.get(name) ?? null, value));
    const first = differing[0];
    if (first === undefined) continue;
    return {
      error_type: "multi_turn:instance_state_mismatch",
      error_message: `Model instance for ${className} does not match the state with ground truth instance.`,
      diff_attrs: differing.map(([name]) => name).sort(),
      first_difference: { turn, ...firstDifference(className, first[0], theirs.get(first[0]) ?? null, first[1]) },
    };
  }
  return null;
}

/** Python's ==; values that end in its recursion limit are not equal to anything a ground truth holds. */
function equal(model: PyValue, expected: PyValue): boolean {
  try {
    return eq(model, expected);
  } catch (error) {
    if (error instanceof PyError) return false;
    throw error;
  }
}

/** Every result of the ground truth's calls must be among the model's, each result counting once, in any order. */
function responseMismatch(turn: number, results: readonly string[], truthResults: readonly string[]): TurnError | null {
  const left = new Map<string, number>();
  for (const result of results) left.set(result, (left.get(result) ?? 0) + 1);
  const missing: string[] = [];
  for (const result of truthResults) {
    const count = left.get(result) ?? 0;
    if (count === 0) missing.push(result);
    else left.set(result, count - 1);
  }
  const first = missing[0];
  if (first === undefined) return null;
  return {
    error_type: "multi_turn:execution_response_mismatch",
    error_message: `Model response execution results so far does not contain all the ground truth response execution results for turn ${turn}.`,
    missing_items: missing,
    first_difference: { turn, missing_result: pythonText(first) },
  };
}
