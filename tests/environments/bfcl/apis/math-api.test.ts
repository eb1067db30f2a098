import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ApiObject } from "../../../../src/environments/bfcl/apis/api.ts";
import { MAX_PRECISION, mathApi } from "../../../../src/environments/bfcl/apis/math-api.ts";
import { PyDateTime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { PyError } from "../../../../src/environments/bfcl/python/errors.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";

const math = new ApiObject(mathApi, new PyDict(), { longContext: null, today: () => new PyDateTime(2024, 1, 1) });

/** The repr of a result, or the text of what was raised. */
function said(method: string, ...args: PyValue[]): string {
  try {
    return repr(math.call(method, args, []));
  } catch (error) {
    if (error instanceof PyError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

describe("a logarithm", () => {
  test("divides two logarithms that were rounded before, and prints the digits of mpmath", () => {
    expect(said("logarithm", 20n, 7.5, 5n)).toBe("{'result': mpf('1.4867859')}");
    expect(said("logarithm", 20n, 7.5, 15n)).toBe("{'result': mpf('1.4867873257481934')}");
    expect(said("logarithm", 100n, 10n, 0n)).toBe("{'result': mpf('2.0')}");
    expect(said("logarithm", 3n, 1e-7, -4n)).toBe("{'result': mpf('-0.0625')}");
  });

  test("of a negative number is complex, of zero -inf, and to the base 1 an empty error", () => {
    expect(said("logarithm", -8n, 2n, 10n)).toBe("{'result': mpc(real='3.000000000029', imag='4.532360141806')}");
    expect(said("logarithm", 0n, 2n, 10n)).toBe("{'result': mpf('-inf')}");
    expect(said("logarithm", 0.5, 0n, 10n)).toBe("{'result': mpf('0.0')}");
    expect(said("logarithm", 5n, 1n, 10n)).toBe("{'error': ''}");
  });

  test("reads the texts that mpmath reads", () => {
    expect(said("logarithm", " 8 ", "4/2", 10n)).toBe("{'result': mpf('3.000000000029')}");
    expect(said("logarithm", "0+1j", "1e1", 4n)).toBe("{'result': mpc(real='0.0', imag='0.6821899')}");
    expect(said("logarithm", "eight", 2n, 10n)).toBe("{'error': \"cannot create mpf from 'eight'\"}");
    expect(said("logarithm", "j-eight", 2n, 10n)).toBe("{'error': \"'NoneType' object has no attribute 'group'\"}");
    expect(said("logarithm", 8n, 2n, "ten")).toBe(`{'error': "invalid literal for int() with base 10: 'ten'"}`);
  });

  test("next to 1 keeps all its digits", () => {
    expect(said("logarithm", 1.0000000000000002, 10n, 20n)).toBe("{'result': mpf('9.6432746655328700365768e-17')}");
  });

  test("of a power is the exponent, at any precision", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 99 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 3, max: 80 }),
        (b, n, digits) => {
          const text = said("logarithm", BigInt(b) ** BigInt(n), BigInt(b), BigInt(digits));
          expect(Number(/'([^']+)'\)/.exec(text)?.[1])).toBeCloseTo(n, Math.min(digits, 12) - 2);
        },
      ),
    );
  });
});

describe("a square root", () => {
  test("is that of the exact value of the float, rounded half to even", () => {
    expect(said("square_root", 0.1, 5n)).toBe("{'result': Decimal('0.31623')}");
    expect(said("square_root", 0.25, 10n)).toBe("{'result': Decimal('0.5')}");
    expect(said("square_root", 100, 1n)).toBe("{'result': Decimal('1E+1')}");
    expect(said("square_root", -0, 3n)).toBe("{'result': Decimal('-0')}");
    expect(said("square_root", true, 3n)).toBe("{'result': Decimal('1')}");
  });

  test("refuses a precision as decimal does, after it has looked at the number", () => {
    expect(said("square_root", -1n, 0n)).toBe("{'error': 'Cannot calculate square root of a negative number'}");
    expect(said("square_root", 2n, 0n)).toBe("ValueError: valid range for prec is [1, MAX_PREC]");
    expect(said("square_root", 2n, 2n ** 63n)).toBe("OverflowError: Python int too large to convert to C ssize_t");
    const invalid = "{'error': 'Input must be a number or computation resulted in an invalid operation'}";
    expect([said("square_root", 2n, 1.5), said("square_root", "2", 5n)]).toEqual([invalid, invalid]);
  });
});

test("a precision above the bound is an error, at the bound it is not", () => {
  const refused = "{'error': 'precision must be at most 1000'}";
  expect(said("logarithm", 2n, 3n, MAX_PRECISION + 1n)).toBe(refused);
  expect(said("square_root", 2n, MAX_PRECISION + 1n)).toBe(refused);
  expect(said("logarithm", 2n, 3n, MAX_PRECISION).length).toBeGreaterThan(1000);
  expect(said("square_root", 2n, MAX_PRECISION).length).toBeGreaterThan(1000);
});

describe("a power", () => {
  test("of floats is rounded once", () => {
    expect(said("power", 1.088, 282n)).toBe("{'result': 21347572252.267372}");
    expect(said("power", 279.32, 7)).toBe("{'result': 1.3265213174911051e+17}");
    expect(said("power", 0.5, 1000n)).toBe("{'result': 9.332636185032189e-302}");
    expect(said("power", 1.0681, -0.5)).toBe("{'result': 0.9675959512696389}");
    expect(said("power", -1.5, 3n)).toBe("{'result': -3.375}");
  });

  test("agrees with exact arithmetic on every base of few bits", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 13 }),
        (m, shift, n) => {
          // 4 bits to the 13th power fit a double, so there is nothing to round.
          expect(said("power", m / 2 ** shift, BigInt(n))).toBe(
            repr(PyDict.of({ result: Number(BigInt(m) ** BigInt(n)) / 2 ** (shift * n) })),
          );
        },
      ),
    );
  });

  test("of ints is exact, and ends as Python's where it can't", () => {
    expect(said("power", 3n, 40n)).toBe("{'result': 12157665459056928801}");
    expect(said("power", 10.5, 400n)).toBe("OverflowError: (34, 'Numerical result out of range')");
    expect(said("power", 0n, -1n)).toBe("ZeroDivisionError: 0.0 cannot be raised to a negative power");
    expect(said("power", -8n, 0.5)).toBe("{'result': (1.7319121124709868e-16+2.8284271247461903j)}");
    expect(said("power", "2", 2n)).toBe("{'error': 'Both inputs must be numbers'}");
  });
});

describe("lists", () => {
  test("are summed from left to right without compensation", () => {
    expect(said("sum_values", [0.1, 0.2, 0.3])).toBe("{'result': 0.6000000000000001}");
    expect(said("mean", [true, 2n])).toBe("{'result': 1.5}");
    expect(said("standard_deviation", [1n, 2n, 3.5])).toBe("{'result': 1.0274023338281628}");
  });

  test("of anything else are errors, but a dict is a list of its keys", () => {
    expect(said("mean", [])).toBe("{'error': 'Cannot calculate mean of an empty list'}");
    expect(said("mean", 5n)).toBe("{'error': 'All elements in the list must be numbers'}");
    expect(said("mean", PyDict.of([[4n, "x"]]))).toBe("{'result': 4.0}");
    expect(said("max_value", [new PyDict()])).toBe("{'result': {}}");
    expect(said("min_value", "cab")).toBe("{'result': 'a'}");
    expect(said("standard_deviation", [1e200, 0n])).toBe("OverflowError: (34, 'Numerical result out of range')");
  });
});

test("a conversion to the same imperial unit gives the value back, and a unit that can't be hashed is raised", () => {
  expect(said("imperial_si_conversion", 3n, "cm", "cm")).toBe("{'result': 3}");
  expect(said("imperial_si_conversion", 10n, "celsius", "fahrenheit")).toBe("{'result': 50.0}");
  expect(said("si_unit_conversion", 5n, "km", "m")).toBe("{'result': 5000.0}");
  expect(said("si_unit_conversion", 10n ** 400n, "km", "m")).toBe(
    "{'error': 'Conversion resulted in a value too large to represent'}",
  );
  expect(said("si_unit_conversion", 5n, [], "m")).toBe("TypeError: unhashable type: 'list'");
});

test("there is no public state", () => {
  expect(math.api.publicState()).toEqual([]);
});
