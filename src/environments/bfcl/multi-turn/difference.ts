import { eq } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { canon } from "../state-canon.ts";
import type { FirstDifference } from "./verdict.ts";

const MAX_TEXT = 300;

/** The first place, in the order of the expected value, where two attributes of a class differ. */
export function firstDifference(
  className: string,
  attribute: string,
  model: PyValue,
  expected: PyValue,
): FirstDifference {
  const place = descend(canon(model), canon(expected), attribute);
  return {
    class: className,
    attribute,
    path: place.path,
    model: place.model === undefined ? null : pythonText(place.model),
    ground_truth: place.expected === undefined ? null : pythonText(place.expected),
  };
}

/** A value as Python text, cut to what a person reads. */
export function pythonText(value: PyValue): string {
  const text = repr(value);
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}... (${text.length} characters)`;
}

/** Two values that differ; undefined on the side that lacks the place. */
interface Place {
  readonly path: string;
  readonly model: PyValue | undefined;
  readonly expected: PyValue | undefined;
}

function descend(model: PyValue, expected: PyValue, path: string): Place {
  const inside = pairs(model, expected).find(
    (pair) => pair.model === undefined || pair.expected === undefined || !eq(pair.model, pair.expected),
  );
  if (inside === undefined) return { path, model, expected };
  const place = `${path}[${inside.key}]`;
  if (inside.model === undefined || inside.expected === undefined) {
    return { path: place, model: inside.model, expected: inside.expected };
  }
  return descend(inside.model, inside.expected, place);
}

interface Pair {
  readonly key: string;
  readonly model: PyValue | undefined;
  readonly expected: PyValue | undefined;
}

/** The parts of two containers of one kind side by side; none for anything else. */
function pairs(model: PyValue, expected: PyValue): Pair[] {
  if (model instanceof PyDict && expected instanceof PyDict) {
    const extra = [...model.keys()].filter((key) => !expected.has(key));
    return [...expected.keys(), ...extra].map((key) => ({
      key: repr(key),
      model: model.get(key),
      expected: expected.get(key),
    }));
  }
  if (Array.isArray(model) && Array.isArray(expected)) {
    const length = Math.max(model.length, expected.length);
    return Array.from({ length }, (_, index) => ({
      key: String(index),
      model: model[index],
      expected: expected[index],
    }));
  }
  return [];
}
