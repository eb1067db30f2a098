import type { MultiTurnTask } from "../data/types.ts";
import { Engine, type EngineContext } from "../engine.ts";
import { deepCopy, type PyValue } from "../python/values.ts";

export type CheckedTask = Pick<MultiTurnTask, "id" | "involved_classes" | "initial_config" | "ground_truth">;

/** What the ground truth's calls of one turn gave, and the states after them. Never changed. */
export interface TruthTurn {
  readonly results: readonly string[];
  /** Public attributes of the classes that were called by then. */
  readonly states: ReadonlyMap<string, readonly [string, PyValue][]>;
}

export interface Truth {
  readonly turns: readonly TruthTurn[];
  /** Every result that some turn expects. */
  readonly expected: ReadonlySet<string>;
  /** The public attributes of a class that nobody has called. */
  untouched(className: string): readonly [string, PyValue][];
}

/** Kept for each task with the day it is good for: one class asks for the date, and so may a result. */
const known = new WeakMap<CheckedTask, { readonly day: string; readonly truth: Truth }>();

/** What the ground truth of a task gives: run once on an engine of its own, then shared by every episode of the task. */
export function truthOf(task: CheckedTask, context: EngineContext): Truth {
  const day = context.today().toString().slice(0, 10);
  const kept = known.get(task);
  if (kept?.day === day) return kept.truth;
  const truth = run(task, context);
  known.set(task, { day, truth });
  return truth;
}

function run(task: CheckedTask, context: EngineContext): Truth {
  const namePrefix = `${context.namePrefix ?? "stepwell"}_ground_truth_eval`;
  const engine = new Engine(task, { ...context, namePrefix });
  const copies = new Map<string, { readonly calls: number; readonly state: readonly [string, PyValue][] }>();
  // Copies: the engine goes on, and a state of this turn must stay what it was. A class that was not called keeps its own.
  const stateOf = (className: string) => {
    const calls = engine.callsOf(className);
    const kept = copies.get(className);
    if (kept?.calls === calls) return kept.state;
    const state = copyOf(engine.publicState(className));
    copies.set(className, { calls, state });
    return state;
  };
  const turns = task.ground_truth.map((calls): TruthTurn => {
    const results = calls.map((call) => engine.run(call));
    const touched = task.involved_classes.filter((className) => engine.touched(className));
    return { results, states: new Map(touched.map((className) => [className, stateOf(className)])) };
  });
  const fresh = new Engine(task, { ...context, namePrefix });
  const untouched = new Map<string, readonly [string, PyValue][]>();
  return {
    turns,
    expected: new Set(turns.flatMap(({ results }) => results)),
    untouched(className) {
      const state = untouched.get(className) ?? fresh.publicState(className);
      untouched.set(className, state);
      return state;
    },
  };
}

function copyOf(state: readonly [string, PyValue][]): [string, PyValue][] {
  return state.map(([name, value]) => [name, deepCopy(value)]);
}
