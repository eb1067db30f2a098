import { Engine, type EngineCall, type EngineContext } from "../engine.ts";
import { PyError } from "../python/errors.ts";
import { eq } from "../python/operators.ts";
import type { PyValue } from "../python/values.ts";
import { firstDifference, pythonText } from "./difference.ts";
import { differingPlaces, leavesOf } from "./leaves.ts";
import { type CheckedTask, type Truth, type TruthTurn, truthOf } from "./truth.ts";
import type { MultiTurnVerdict, TurnError, TurnVerdict } from "./verdict.ts";

/** What the model ran: turns of steps of calls. A step without calls is left out, as the official decoding leaves it. */
export type ModelTurns = readonly (readonly (readonly EngineCall[])[])[];

/** What a turn that is not right earns at most: a state may differ in what has no place of its own, as an object does. */
const MOST_FOR_FAILED = 0.99;

/**
 * Judges turns by the rules of the official `multi_turn_checker`: after each turn the model's states must equal the ground
 * truth's, and the results of the ground truth's calls must be among all results of the model so far. The official
 * checker runs the model's calls once more on a fresh engine; the same calls on the same configuration give the same
 * states and results, so the engine that ran them is looked at instead, and nothing of it changes.
 */
export class Judge {
  readonly #task: CheckedTask;
  readonly #truth: Truth;
  /** Whether a turn that needs no call fails when it has some, by the rule that the official checker has and never asks. */
  readonly #judgesEmptyTurns: boolean;
  /** How often each result that the ground truth expects has come; others can be of no use to it. */
  readonly #came = new Map<string, number>();
  /** Per class, what it was last found equal to and after how many calls: as long as neither grows it is equal. */
  readonly #equal = new Map<string, { readonly to: unknown; readonly calls: number }>();

  constructor(task: CheckedTask, truth: Truth, { judgesEmptyTurns = false } = {}) {
    this.#task = task;
    this.#truth = truth;
    this.#judgesEmptyTurns = judgesEmptyTurns;
  }

  /** A result of a call of the model, in this turn or one before. */
  saw(result: string): void {
    if (this.#truth.expected.has(result)) this.#came.set(result, (this.#came.get(result) ?? 0) + 1);
  }

  /** The verdict on a turn as it stands. `isEmpty`: the model did nothing in it. */
  turn(turn: number, isEmpty: boolean, model: Engine): TurnVerdict {
    const truth = this.#truth.turns[turn];
    // A turn without ground truth is not judged by the official checker, though its calls count for the next turn.
    if (truth === undefined || truth.results.length === 0) {
      const error = truth !== undefined && this.#judgesEmptyTurns && !isEmpty ? unwantedCalls(turn) : null;
      return { turn, checked: this.#judgesEmptyTurns, error };
    }
    return { turn, checked: true, error: this.#error(turn, isEmpty, model, truth) };
  }

  /**
   * How much of a turn is right, in [0, 1] and 1 exactly when its verdict is no error: the mean of the share of its expected
   * results that have come, and of the share that is right among the places of the state that the ground truth changes in
   * this turn or the model has otherwise (left out where there are none). Nothing done earns nothing.
   */
  share(turn: number, isEmpty: boolean, model: Engine): number {
    const { checked, error } = this.turn(turn, isEmpty, model);
    const truth = this.#truth.turns[turn];
    if (!checked || error === null || truth === undefined) return 1;
    if (isEmpty) return 0;
    const results = 1 - missingResults(this.#came, truth.results).length / truth.results.length;
    const state = this.#stateShare(turn, model, truth);
    return Math.min(state === null ? results : (results + state) / 2, MOST_FOR_FAILED);
  }

  #stateShare(turn: number, model: Engine, truth: TruthTurn): number | null {
    let wrong = 0;
    let places = 0;
    for (const className of this.#task.involved_classes) {
      const before = this.#truth.turns[turn - 1]?.states.get(className);
      const after = truth.states.get(className);
      if (after === undefined && !model.touched(className)) continue;
      const expected = leavesOf(after ?? this.#truth.untouched(className));
      const changed = differingPlaces(leavesOf(before ?? this.#truth.untouched(className)), expected);
      const differing = differingPlaces(leavesOf(model.publicState(className)), expected);
      wrong += differing.size;
      places += changed.union(differing).size;
    }
    return places === 0 ? null : 1 - wrong / places;
  }

  #error(turn: number, isEmpty: boolean, model: Engine, truth: TruthTurn): TurnError | null {
    if (isEmpty) {
      return {
        error_type: "multi_turn:empty_turn_model_response",
        error_message: `Model response list is empty for turn ${turn}`,
        first_difference: { turn, expected_calls: truth.results.length, model_calls: 0 },
      };
    }
    return this.#stateMismatch(turn, model, truth) ?? responseMismatch(turn, this.#came, truth.results);
  }

  /** The first class whose public attributes differ from the ground truth's. */
  #stateMismatch(turn: number, model: Engine, truth: TruthTurn): TurnError | null {
    for (const className of this.#task.involved_classes) {
      const reached = truth.states.get(className);
      // Two objects that nobody has called are equal: both come from the same configuration.
      if (reached === undefined && !model.touched(className)) continue;
      const expected = reached ?? this.#truth.untouched(className);
      const calls = model.callsOf(className);
      const found = this.#equal.get(className);
      if (found?.to === expected && found.calls === calls) continue;
      const theirs = new Map(model.publicState(className));
      const differing = expected.filter(([name, value]) => !equal(theirs.get(name) ?? null, value));
      const first = differing[0];
      if (first === undefined) {
        this.#equal.set(className, { to: expected, calls });
        continue;
      }
      return {
        error_type: "multi_turn:instance_state_mismatch",
        error_message: `Model instance for ${className} does not match the state with ground truth instance.`,
        diff_attrs: differing.map(([name]) => name).sort(),
        first_difference: { turn, ...firstDifference(className, first[0], theirs.get(first[0]) ?? null, first[1]) },
      };
    }
    return null;
  }
}

function unwantedCalls(turn: number): TurnError {
  return {
    error_type: "multi_turn:irrelevance_error:decoder_success",
    error_message: `Model outputs valid function calls when it should not for turn ${turn}.`,
    first_difference: { turn, expected_calls: 0 },
  };
}

/** Runs recorded calls on a fresh engine and judges each turn that the model has had, those after a failed one too. */
export function judgeTurns(
  task: CheckedTask,
  turns: ModelTurns,
  context: EngineContext,
  { judgesEmptyTurns = false } = {},
): TurnVerdict[] {
  const model = new Engine(task, { ...context, namePrefix: `${context.namePrefix ?? "stepwell"}_eval` });
  const judge = new Judge(task, truthOf(task, context), { judgesEmptyTurns });
  return turns.slice(0, task.ground_truth.length).map((steps, turn) => {
    for (const call of steps.flat()) judge.saw(model.run(call));
    // One empty step is nothing, two empty steps are something: the official helper looks at the first alone.
    const isEmpty = steps.length === 0 || (steps.length === 1 && steps[0]?.length === 0);
    return judge.turn(turn, isEmpty, model);
  });
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

/** Python's ==; values that end in its recursion limit are not equal to anything a ground truth holds. */
function equal(model: PyValue, expected: PyValue): boolean {
  try {
    return eq(model, expected);
  } catch (error) {
    if (error instanceof PyError) return false;
    throw error;
  }
}

/** The results that have not come often enough. */
function missingResults(came: ReadonlyMap<string, number>, truthResults: readonly string[]): string[] {
  const used = new Map<string, number>();
  const missing: string[] = [];
  for (const result of truthResults) {
    const count = used.get(result) ?? 0;
    if (count < (came.get(result) ?? 0)) used.set(result, count + 1);
    else missing.push(result);
  }
  return missing;
}

/** Every result of the ground truth's calls must be among the model's, each result counting once, in any order. */
function responseMismatch(
  turn: number,
  came: ReadonlyMap<string, number>,
  truthResults: readonly string[],
): TurnError | null {
  const missing = missingResults(came, truthResults);
  const first = missing[0];
  if (first === undefined) return null;
  return {
    error_type: "multi_turn:execution_response_mismatch",
    error_message: `Model response execution results so far does not contain all the ground truth response execution results for turn ${turn}.`,
    missing_items: missing,
    first_difference: { turn, missing_result: pythonText(first) },
  };
}
