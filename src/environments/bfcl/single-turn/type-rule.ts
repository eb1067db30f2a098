import { eq, iterate } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { type PyValue, typeName } from "../python/values.ts";
import type { RuleError } from "./verdict.ts";

/** `is_variable`: the answer names a variable (a text where the schema wants something else), compared as it stands. */
export type TypeCheck = { readonly is_variable: boolean; readonly error: RuleError | null };

export interface ExpectedType {
  /** The type as the function doc names it. */
  readonly description: string;
  /** The Python type (or, in Java and JavaScript, the one that values are converted to). */
  readonly type: string;
  /** The Python type of the items of an array or tuple; null for anything else. */
  readonly nested: string | null;
}

/**
 * Whether a value has the type of its parameter, as the official `type_checker` decides: exactly (True is no int), items
 * one level deep, and otherwise the type of the first answer that is not "", which makes the value a variable.
 */
export function checkType(param: string, value: PyValue, answers: PyValue, expected: ExpectedType): TypeCheck {
  const answerType = firstAnswerType(answers);
  const type = typeName(value);
  const isOfAnswerType = type === answerType;
  let nestedError: PyValue[] = [];
  if (type === expected.type) {
    const is_variable = answerType !== null && answerType !== expected.type;
    if (expected.nested === null || hasItemTypes(param, value, answers, expected.nested)) {
      return { is_variable, error: null };
    }
    nestedError = [
      `Nested type checking failed for parameter ${repr(param)}. Expected outer type ${expected.description} with inner type ${pyClass(expected.nested)}. Parameter value: ${repr(value)}.`,
    ];
    if (isOfAnswerType) return { is_variable: true, error: { error_type: "type_error:nested", error: nestedError } };
  } else if (isOfAnswerType) return { is_variable: true, error: null };
  const mismatch = `Incorrect type for parameter ${repr(param)}. Expected type ${expected.description}, got ${type}. Parameter value: ${repr(value)}.`;
  return { is_variable: false, error: { error_type: "type_error:simple", error: [...nestedError, mismatch] } };
}

/** The type of the first answer that is not "" (which marks a parameter as optional). */
function firstAnswerType(answers: PyValue): string | null {
  for (const answer of iterate(answers)) if (!eq(answer, "")) return typeName(answer);
  return null;
}

/** Whether some answer has items that all items of the value match in type. An answer that is no list asks for nothing. */
function hasItemTypes(param: string, value: PyValue, answers: PyValue, nested: string): boolean {
  const items = [...iterate(value)];
  const expected: ExpectedType = { description: pyClass(nested), type: nested, nested: null };
  for (const answer of iterate(answers)) {
    if (!Array.isArray(answer)) return true;
    if (items.every((item) => checkType(param, item, answer, expected).error === null)) return true;
  }
  return false;
}

const pyClass = (type: string): string => `<class '${type}'>`;
