import { decimalSqrt } from "../numbers/decimal-sqrt.ts";
import { mpLogarithm } from "../numbers/mp-number.ts";
import { abs, max, min, round, sum, toInt } from "../python/builtins.ts";
import { overflowError, PyError, valueError } from "../python/errors.ts";
import {
  add,
  contains,
  eq,
  floatOf,
  getItem,
  iterate,
  len,
  lt,
  mul,
  pow,
  sub,
  truediv,
  truthy,
} from "../python/operators.ts";
import { str } from "../python/repr.ts";
import { isInt, isNumber, PyDict, type PyValue } from "../python/values.ts";
import { Api, defineApi } from "./api.ts";

/** Digits that a logarithm or a root may ask for: a thousand take milliseconds, and no task asks for more than fifty. */
export const MAX_PRECISION = 1000n;
/** The largest precision that Python's decimal knows. */
const MAX_DECIMAL_PRECISION = 999_999_999_999_999_999n;
/** Its digits are counted, which takes a time that grows with their square; an int in decimal ends at 4300 digits anyway. */
const LARGEST_RADICAND = 1n << 131_072n;
/** A C ssize_t: past it CPython does not read an int as a precision. */
const MAX_SIZE = 2n ** 63n;

const METERS: PyDict = PyDict.of({ km: 1000n, m: 1n, cm: 0.01, mm: 0.001, um: 1e-6, nm: 1e-9 });

const FACTORS: PyDict = PyDict.of({
  cm_to_in: 0.393701,
  in_to_cm: 2.54,
  m_to_ft: 3.28084,
  ft_to_m: 0.3048,
  m_to_yd: 1.09361,
  yd_to_m: 0.9144,
  km_to_miles: 0.621371,
  miles_to_km: 1.60934,
  kg_to_lb: 2.20462,
  lb_to_kg: 0.453592,
  celsius_to_fahrenheit: 1.8,
  fahrenheit_to_celsius: 5 / 9,
});

const NUMBERS = "Both inputs must be numbers";
const ELEMENTS = "All elements in the list must be numbers";
const TOO_LARGE = "Conversion resulted in a value too large to represent";
const TOO_PRECISE = `precision must be at most ${MAX_PRECISION}`;
const TOO_LONG = "number must have at most 131072 bits";
const NOT_A_ROOT = "Input must be a number or computation resulted in an invalid operation";

const failure = (message: string): PyDict => PyDict.of({ error: message });

/**
 * The official MathAPI. It has no state at all: the precision that mpmath and decimal keep for a whole process is set by
 * every call that reads it, so here it is an argument. A precision above MAX_PRECISION is answered with an error.
 */
export class MathApi extends Api {
  logarithm(value: PyValue, base: PyValue, precision: PyValue): PyValue {
    try {
      const digits = toInt(precision);
      floatOf(digits + 1n);
      if (digits > MAX_PRECISION) return failure(TOO_PRECISE);
      // Any negative number of digits means the one bit that is the least.
      return result(mpLogarithm(value, base, Number(digits < -1n ? -1n : digits)));
    } catch (error) {
      if (error instanceof PyError) return failure(error.message);
      throw error;
    }
  }

  mean(numbers: PyValue): PyValue {
    if (!truthy(numbers)) return failure("Cannot calculate mean of an empty list");
    return answer(ELEMENTS, () => meanOf(numbers));
  }

  standard_deviation(numbers: PyValue): PyValue {
    if (!truthy(numbers)) return failure("Cannot calculate standard deviation of an empty list");
    return answer(ELEMENTS, () => {
      const mean = meanOf(numbers);
      let squares: PyValue = 0n;
      for (const x of iterate(numbers)) squares = add(squares, pow(sub(x, mean), 2n));
      return Math.sqrt(truediv(squares, len(numbers)) as number);
    });
  }

  si_unit_conversion(value: PyValue, unit_in: PyValue, unit_out: PyValue): PyValue {
    if (!isNumber(value)) return failure("Value must be a number");
    if (!contains(METERS, unit_in) || !contains(METERS, unit_out)) return unsupported(unit_in, unit_out);
    return converted(() => mul(mul(value, getItem(METERS, unit_in)), truediv(1n, getItem(METERS, unit_out))));
  }

  imperial_si_conversion(value: PyValue, unit_in: PyValue, unit_out: PyValue): PyValue {
    if (!isNumber(value)) return failure("Value must be a number");
    if (eq(unit_in, unit_out)) return result(value);
    const factor = FACTORS.get(`${str(unit_in)}_to_${str(unit_out)}`);
    if (factor === undefined) return unsupported(unit_in, unit_out);
    return converted(() => {
      if (unit_in === "celsius") return add(mul(value, factor), 32n);
      return mul(unit_in === "fahrenheit" ? sub(value, 32n) : value, factor);
    });
  }

  add(a: PyValue, b: PyValue): PyValue {
    return answer(NUMBERS, () => add(a, b));
  }

  subtract(a: PyValue, b: PyValue): PyValue {
    return answer(NUMBERS, () => sub(a, b));
  }

  multiply(a: PyValue, b: PyValue): PyValue {
    if (!isNumber(a) || !isNumber(b)) return failure(NUMBERS);
    return result(mul(a, b));
  }

  divide(a: PyValue, b: PyValue): PyValue {
    if (eq(b, 0n)) return failure("Cannot divide by zero");
    return answer(NUMBERS, () => truediv(a, b));
  }

  power(base: PyValue, exponent: PyValue): PyValue {
    return answer(NUMBERS, () => pow(base, exponent));
  }

  square_root(number: PyValue, precision: PyValue): PyValue {
    return answered(NOT_A_ROOT, () => {
      if (lt(number, 0n)) return failure("Cannot calculate square root of a negative number");
      const digits = decimalPrecision(precision);
      if (digits === null) return failure(NOT_A_ROOT);
      if (digits > MAX_PRECISION) return failure(TOO_PRECISE);
      if (typeof number === "bigint" && number > LARGEST_RADICAND) return failure(TOO_LONG);
      const root = decimalSqrt(number, Number(digits));
      return root === null ? failure(NOT_A_ROOT) : result(root);
    });
  }

  absolute_value(number: PyValue): PyValue {
    return answer("Input must be a number", () => abs(number));
  }

  round_number(number: PyValue, decimal_places: PyValue): PyValue {
    return answer("First input must be a number, second input must be an integer", () => round(number, decimal_places));
  }

  percentage(part: PyValue, whole: PyValue): PyValue {
    if (eq(whole, 0n)) return failure("Whole value cannot be zero");
    return answer(NUMBERS, () => mul(truediv(part, whole), 100n));
  }

  min_value(numbers: PyValue): PyValue {
    if (!truthy(numbers)) return failure("Cannot find minimum of an empty list");
    return answer(ELEMENTS, () => min(numbers));
  }

  max_value(numbers: PyValue): PyValue {
    if (!truthy(numbers)) return failure("Cannot find maximum of an empty list");
    return answer(ELEMENTS, () => max(numbers));
  }

  sum_values(numbers: PyValue): PyValue {
    if (!truthy(numbers)) return failure("Cannot calculate sum of an empty list");
    return answer(ELEMENTS, () => sum(numbers));
  }
}

function result(value: PyValue): PyDict {
  return PyDict.of({ result: value });
}

/** A value as a result, and a TypeError as the error that the method tells instead. */
function answer(onTypeError: string, compute: () => PyValue): PyDict {
  return answered(onTypeError, () => result(compute()));
}

function answered(onTypeError: string, compute: () => PyDict): PyDict {
  try {
    return compute();
  } catch (error) {
    if (error instanceof PyError && error.is("TypeError")) return failure(onTypeError);
    throw error;
  }
}

function converted(compute: () => PyValue): PyDict {
  try {
    return result(compute());
  } catch (error) {
    if (error instanceof PyError && error.is("OverflowError")) return failure(TOO_LARGE);
    throw error;
  }
}

function unsupported(unit_in: PyValue, unit_out: PyValue): PyDict {
  return failure(`Conversion from '${str(unit_in)}' to '${str(unit_out)}' is not supported`);
}

function meanOf(numbers: PyValue): PyValue {
  return truediv(sum(numbers), len(numbers));
}

/** What decimal takes as a precision; null where it raises TypeError. Throws its other errors. */
function decimalPrecision(precision: PyValue): bigint | null {
  if (!isInt(precision)) return null;
  const digits = toInt(precision);
  if (digits >= MAX_SIZE || digits < -MAX_SIZE) throw overflowError("Python int too large to convert to C ssize_t");
  if (digits < 1n || digits > MAX_DECIMAL_PRECISION) throw valueError("valid range for prec is [1, MAX_PREC]");
  return digits;
}

export const mathApi = defineApi("MathAPI", () => new MathApi(), {
  absolute_value: "(number)",
  add: "(a, b)",
  divide: "(a, b)",
  imperial_si_conversion: "(value, unit_in, unit_out)",
  logarithm: "(value, base, precision)",
  max_value: "(numbers)",
  mean: "(numbers)",
  min_value: "(numbers)",
  multiply: "(a, b)",
  percentage: "(part, whole)",
  power: "(base, exponent)",
  round_number: "(number, decimal_places=0)",
  si_unit_conversion: "(value, unit_in, unit_out)",
  square_root: "(number, precision)",
  standard_deviation: "(numbers)",
  subtract: "(a, b)",
  sum_values: "(numbers)",
});
