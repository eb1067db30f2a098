import { PyError } from "../python/errors.ts";
import type { PyDict, PyValue } from "../python/values.ts";
import type { Wanted } from "./ast-checker.ts";
import { type CheckOptions, countRight } from "./function-rule.ts";

/** What the right function alone is worth; its arguments share the rest. */
const NAME_SHARE = 0.2;

/** Most that a wrong answer gets: only an answer that the official checker calls valid is worth 1. */
const MOST = 0.95;

/**
 * How much of a wrong answer is right, in [0, 0.95]. Each wanted call takes, in order, the best call that is left: 0.2 for
 * its function and 0.8 times the share of its arguments that are right (of those that it has or needs). The sum is
 * divided by the number of wanted calls or of calls, whichever is larger.
 */
export function partialScore(calls: readonly PyValue[], wanted: Wanted, options: CheckOptions): number {
  const left = new Set(calls.keys());
  let sum = 0;
  for (const answer of wanted.possible_answer) {
    const doc = wanted.functions.find((each) => each.get("name") === answer.keys().next().value);
    if (doc === undefined) continue;
    const scores = Array.from(left, (index) => [index, scoreOf(doc, calls[index] ?? null, answer, options)] as const);
    const best = scores.reduce((a, b) => (b[1] > a[1] ? b : a), [-1, 0] as const);
    sum += best[1];
    left.delete(best[0]);
  }
  return Math.min(MOST, sum / Math.max(wanted.possible_answer.length, calls.length, 1));
}

function scoreOf(doc: PyDict, call: PyValue, answer: PyDict, options: CheckOptions): number {
  try {
    const counted = countRight(doc, call, answer, options);
    if (counted === null) return 0;
    return NAME_SHARE + (1 - NAME_SHARE) * (counted.total === 0 ? 1 : counted.right / counted.total);
  } catch (error) {
    // What ends the official checker in an exception is worth its name.
    if (error instanceof PyError) return NAME_SHARE;
    throw error;
  }
}
