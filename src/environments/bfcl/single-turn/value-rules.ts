import { attributeError } from "../python/lookup-errors.ts";
import { contains, eq, getItem, iterate, len } from "../python/operators.ts";
import { repr, str } from "../python/repr.ts";
import { lower } from "../python/strings.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import type { RuleError } from "./verdict.ts";

/** Texts are compared without blanks and the marks `,./-_*^`, in lower case, with one kind of quote. */
export function standardize(text: string): string {
  return lower(text.replace(/[ ,./\-_*^]/g, "")).replaceAll("'", '"');
}

const standardized = (value: PyValue): PyValue => (typeof value === "string" ? standardize(value) : value);

/** A text must be one of the answers, but for case and marks. */
export function checkString(param: string, value: string, answers: PyValue): RuleError | null {
  // What is an answer to the letter, as most are, need not be standardized.
  if (Array.isArray(answers) && answers.includes(value)) return null;
  const wanted = standardize(value);
  for (const answer of iterate(answers)) if (typeof answer === "string" && standardize(answer) === wanted) return null;
  return {
    error_type: "value_error:string",
    error: [
      `Invalid value for parameter ${repr(param)}: ${repr(value)}. Expected one of ${str(answers)}. Case insensitive.`,
    ],
  };
}

/** A list must be one of the answers: order counts, texts in it are compared but for case and marks. */
export function checkList(param: string, value: PyValue, answers: PyValue): RuleError | null {
  const wanted = Array.from(iterate(value), standardized);
  const standards = Array.from(iterate(answers), (answer) => {
    len(answer);
    return Array.from(iterate(answer), standardized);
  });
  if (contains(standards, wanted)) return null;
  return {
    error_type: "value_error:list/tuple",
    error: [`Invalid value for parameter ${repr(param)}: ${repr(value)}. Expected one of ${str(answers)}.`],
  };
}

/** A dict must fit one of the answers: its keys among the answer's, each value one of the key's, no needed key missing. */
export function checkDict(value: PyValue, answers: PyValue): RuleError | null {
  if (!(value instanceof PyDict)) throw attributeError(value, "items");
  let failed: RuleError = { error_type: "dict_checker:unclear", error: [] };
  for (const answer of iterate(answers)) {
    if (eq(answer, "")) continue;
    const wrong = checkEntries(value, answer);
    const missing = missingKey(value, answer);
    if (wrong === null && missing === null) return null;
    const error_type = missing?.error_type ?? wrong?.error_type ?? "dict_checker:unclear";
    failed = { error_type, error: [...(wrong?.error ?? []), ...(missing?.error ?? [])] };
  }
  return failed;
}

function checkEntries(value: PyDict, answer: PyValue): RuleError | null {
  for (const [key, item] of value.entries()) {
    if (!contains(answer, key)) {
      return { error_type: "value_error:dict_key", error: [`Unexpected dict key parameter: '${str(key)}'.`] };
    }
    const choices = getItem(answer, key);
    len(choices);
    const standards = Array.from(iterate(choices), standardized);
    if (contains(standards, standardized(item))) continue;
    return {
      error_type: "value_error:dict_value",
      error: [`Invalid value for parameter ${repr(key)}: ${repr(item)}. Expected one of ${repr(standards)}.`],
    };
  }
  return null;
}

/** The first key of the answer that the value lacks and that is not marked as optional. */
function missingKey(value: PyDict, answer: PyValue): RuleError | null {
  if (!(answer instanceof PyDict)) throw attributeError(answer, "items");
  for (const [key, choices] of answer.entries()) {
    if (value.has(key) || contains(choices, "")) continue;
    return { error_type: "value_error:dict_key", error: [`Missing dict key parameter: '${str(key)}'.`] };
  }
  return null;
}

/** A list of dicts must fit one of the answers, dict by dict in order. */
export function checkListOfDicts(value: PyValue, answers: PyValue): RuleError | null {
  let failed: RuleError = { error_type: "list_dict_checker:unclear", error: [] };
  const dicts = [...iterate(value)];
  for (const answer of iterate(answers)) {
    if (BigInt(dicts.length) !== len(answer)) {
      failed = { error_type: "value_error:list_dict_count", error: ["Wrong number of dictionaries in the list."] };
      continue;
    }
    const error = firstError(dicts, answer);
    if (error === null) return null;
    failed = error;
  }
  return failed;
}

function firstError(dicts: readonly PyValue[], answer: PyValue): RuleError | null {
  for (const [index, dict] of dicts.entries()) {
    const error = checkDict(dict, [getItem(answer, BigInt(index))]);
    if (error !== null) return error;
  }
  return null;
}

/** Anything else must equal one of the answers: 1 is 1.0 and True. */
export function checkEqual(param: string, value: PyValue, answers: PyValue): RuleError | null {
  if (contains(answers, value)) return null;
  return {
    error_type: "value_error:others",
    error: [`Invalid value for parameter ${repr(param)}: ${repr(value)}. Expected one of ${str(answers)}.`],
  };
}
