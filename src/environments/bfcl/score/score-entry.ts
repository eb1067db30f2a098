import { judgeEpisode } from "../agentic/checker.ts";
import type { AgenticTask, BfclTask, MultiTurnTask, SingleTurnTask } from "../data/types.ts";
import { parameterNames } from "../decode/parameter-names.ts";
import type { EngineCall, EngineContext } from "../engine.ts";
import { judgeTurns, overall } from "../multi-turn/checker.ts";
import { PyError } from "../python/errors.ts";
import { str } from "../python/repr.ts";
import type { PyValue } from "../python/values.ts";
import type { CheckOptions } from "../single-turn/function-rule.ts";
import { type Decoded, judgeCalls, judgeRelevance } from "../single-turn/judge.ts";
import { decodeResult, executable, meantCalls } from "./model-result.ts";

/** What the official evaluation says of one entry. */
export interface EntryScore {
  readonly valid: boolean;
  readonly error_type: string | null;
  readonly error: string | null;
}

export interface EntryOptions {
  /** How the model was shown names with dots (docs/bfcl.md). */
  readonly names: CheckOptions["names"];
  /** Whether decoders and checkers are without the defects of the official ones (docs/bfcl.md lists them). */
  readonly fixed: boolean;
  readonly context: EngineContext;
}

const VALID: EntryScore = { valid: true, error_type: null, error: null };

/** Scores the `result` of one line of a result file, as the official evaluation of its category does. */
export function scoreEntry(task: BfclTask, result: PyValue, options: EntryOptions): EntryScore {
  switch (task.kind) {
    case "single_turn":
      return scoreSingleTurn(task, result, options);
    case "multi_turn":
      return scoreMultiTurn(task, result, options);
    case "memory":
    case "web_search":
      return scoreAgentic(task, result);
  }
}

function wrong(error_type: string, error: string): EntryScore {
  return { valid: false, error_type, error };
}

function scoreSingleTurn(task: SingleTurnTask, result: PyValue, { names, fixed }: EntryOptions): EntryScore {
  const { language, scored_by, schemas, possible_answer, shape, format } = task;
  const decoded = attempt(() =>
    decodeResult(result, {
      format: format?.return_format ?? language,
      tag: format?.tag ?? false,
      ...(fixed ? { fixed, namesOf: parameterNames(schemas) } : {}),
    }),
  );
  const error =
    scored_by === "ast"
      ? judgeCalls(decoded, { functions: schemas, possible_answer, shape }, { language, names, fixed })
      : judgeRelevance(decoded, scored_by);
  return error === null ? VALID : wrong(error.error_type, str(error.error[0] ?? ""));
}

function attempt(decode: () => PyValue): Decoded {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof PyError) return { failed: error.message };
    throw error;
  }
}

const NO_LIST = "Error during inference phase. Model did not output a list of model responses.";

function scoreMultiTurn(task: MultiTurnTask, result: PyValue, { context, fixed }: EntryOptions): EntryScore {
  if (!Array.isArray(result)) return wrong("multi_turn:inference_error", NO_LIST);
  const namesOf = parameterNames([...task.functions, ...[...task.missed_function.values()].flat()]);
  const decode = fixed ? (step: PyValue) => meantCalls(step, namesOf) : executable;
  const turns = result.map((steps) => (Array.isArray(steps) ? steps.flatMap((step) => callsOf(step, decode)) : []));
  const verdict = overall(
    task,
    turns.length,
    turns.length === task.ground_truth.length ? judgeTurns(task, turns, context, { judgesEmptyTurns: fixed }) : [],
  );
  if (verdict.valid) return VALID;
  return wrong(verdict.error_type ?? "", [verdict.error_message ?? ""].flat().join(" "));
}

type StepDecoder = (step: PyValue) => EngineCall[];

/** The calls of a step; a step that cannot be decoded, or has none, is left out. */
function callsOf(step: PyValue, decode: StepDecoder): EngineCall[][] {
  const calls = decodedStep(step, decode);
  return calls === null ? [] : [calls];
}

function decodedStep(step: PyValue, decode: StepDecoder): EngineCall[] | null {
  try {
    const calls = decode(step);
    return calls.length === 0 || (calls.length === 1 && calls[0] === "") ? null : calls;
  } catch (error) {
    if (error instanceof PyError) return null;
    throw error;
  }
}

/** The last message that is no call is the answer. */
function scoreAgentic(task: AgenticTask, result: PyValue): EntryScore {
  const [steps] = Array.isArray(result) && result.length === 1 ? result : [];
  if (!Array.isArray(steps)) return wrong("agentic:inference_error", NO_LIST);
  const last = steps.findLast((step) => decodedStep(step, executable) === null) ?? null;
  const verdict = judgeEpisode(typeof last === "string" ? last : null, task.answers ?? []);
  if (verdict.valid) return VALID;
  return wrong(verdict.error_type ?? "", [verdict.error_message ?? ""].flat().join(" "));
}
