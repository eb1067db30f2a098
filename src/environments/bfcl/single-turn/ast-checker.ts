import { indexError } from "../python/errors.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { type CheckOptions, checkCall } from "./function-rule.ts";
import type { RuleError } from "./verdict.ts";

/** What an answer is held against. */
export interface Wanted {
  readonly functions: readonly PyDict[];
  /** `[{name: {parameter: [answers]}}]`, one entry a call. */
  readonly possible_answer: readonly PyDict[];
  /** One call of the only function, one call of one of several, or several calls in any order. */
  readonly shape: "simple" | "multiple" | "parallel";
}

/** How many calls a category wants of how many functions: the official checker reads it from the name. */
export function shapeOf(category: string): Wanted["shape"] {
  if (category.includes("parallel")) return "parallel";
  return category.includes("multiple") ? "multiple" : "simple";
}

/** Judges decoded calls by the rules of the official `ast_checker`; null when they are right. Throws PyError where it does. */
export function checkCalls(calls: readonly PyValue[], wanted: Wanted, options: CheckOptions): RuleError | null {
  switch (wanted.shape) {
    case "parallel":
      return checkParallel(calls, wanted, options);
    case "multiple":
      if (calls.length !== wanted.possible_answer.length) return wrongCount("multiple_function_checker");
      return checkOnly(calls, wanted, findDoc(wanted, nameOf(answerAt(wanted, 0))), options);
    case "simple":
      if (calls.length !== 1) return wrongCount("simple_function_checker");
      return checkOnly(calls, wanted, wanted.functions[0], options);
  }
}

function wrongCount(checker: string): RuleError {
  return { error_type: `${checker}:wrong_count`, error: ["Wrong number of functions."] };
}

function checkOnly(
  calls: readonly PyValue[],
  wanted: Wanted,
  doc: PyDict | undefined,
  options: CheckOptions,
): RuleError | null {
  if (doc === undefined) throw indexError("the task has no such function");
  return checkCall(doc, calls[0] ?? null, answerAt(wanted, 0), options);
}

/**
 * Each answer in turn takes the first call that fits it and that no answer before it took. Not an optimal matching: an
 * answer that fits several calls may take the only one of a later answer.
 */
function checkParallel(calls: readonly PyValue[], wanted: Wanted, options: CheckOptions): RuleError | null {
  if (calls.length !== wanted.possible_answer.length) return wrongCount("parallel_function_checker_no_order");
  const taken = new Set<number>();
  for (const [index, answer] of wanted.possible_answer.entries()) {
    const doc = findDoc(wanted, nameOf(answer));
    if (doc === undefined) throw indexError("the task has no such function");
    const errors: PyValue[] = [];
    const found = calls.findIndex((call, at) => {
      if (taken.has(at)) return false;
      const error = checkCall(doc, call, answer, options);
      if (error !== null) errors.push(tried(at, error, call, answer));
      return error === null;
    });
    if (found === -1) return noMatch(index, calls, taken, errors);
    taken.add(found);
  }
  return null;
}

function tried(index: number, { error, error_type }: RuleError, call: PyValue, answer: PyDict): PyDict {
  const details = PyDict.of({
    sub_error: [...error],
    sub_error_type: error_type,
    model_output_item: call,
    possible_answer_item: answer,
  });
  return PyDict.of({ [`Model Result Index ${index}`]: details });
}

function noMatch(
  index: number,
  calls: readonly PyValue[],
  taken: ReadonlySet<number>,
  errors: readonly PyValue[],
): RuleError {
  const left = [...calls.keys()].filter((at) => !taken.has(at));
  return {
    error_type: "parallel_function_checker_no_order:cannot_find_match",
    error: [
      `Could not find a matching function among index [${left.join(", ")}] of model output for index ${index} of possible answers.`,
      ...errors,
    ],
  };
}

function answerAt({ possible_answer }: Wanted, index: number): PyDict {
  const answer = possible_answer[index];
  if (answer === undefined) throw indexError("list index out of range");
  return answer;
}

const nameOf = (answer: PyDict): PyValue => answer.keys().next().value ?? null;

/** The docs of a task by name: some tasks have dozens of functions, and every verdict looks for one. */
const docsByName = new WeakMap<readonly PyDict[], ReadonlyMap<PyValue, PyDict>>();

function findDoc({ functions }: Wanted, name: PyValue): PyDict | undefined {
  let docs = docsByName.get(functions);
  if (docs === undefined) {
    // Of two docs with one name the first counts.
    docs = new Map(functions.toReversed().map((doc) => [doc.get("name") ?? null, doc]));
    docsByName.set(functions, docs);
  }
  return docs.get(name);
}
