import { overflowError, typeError, valueError } from "./errors.ts";
import { intOfDigits } from "./number-text.ts";
import { add, floatOf, gt, iterate, lt, neg } from "./operators.ts";
import { repr } from "./repr.ts";
import { codePoints, isSpace, trim } from "./strings.ts";
import { OTHER_DECIMAL } from "./unicode.ts";
import { isInt, isNumber, PyComplex, type PyValue, typeName } from "./values.ts";

/** int(value) */
export function toInt(value: PyValue): bigint {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "bigint") return value;
  if (typeof value === "number") {
    if (Number.isNaN(value)) throw valueError("cannot convert float NaN to integer");
    if (!Number.isFinite(value)) throw overflowError("cannot convert float infinity to integer");
    return BigInt(Math.trunc(value));
  }
  if (typeof value === "string") {
    const text = asciiDigits(trim(value, isBlank));
    // The digits are counted first, also of a text that is no number in the end.
    const start = /^[+-]?\d+(?:_\d+)*/.exec(text)?.[0];
    if (start !== undefined) {
      const int = intOfDigits(start);
      if (start.length === text.length) return int;
    }
    throw valueError(`invalid literal for int() with base 10: ${repr(value)}`);
  }
  throw typeError(`int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`);
}

/** float(value) */
export function toFloat(value: PyValue): number {
  if (typeof value === "number") return value;
  if (isInt(value)) return floatOf(toInt(value));
  if (typeof value === "string") {
    const text = asciiDigits(trim(value, isBlank));
    if (FLOAT.test(text)) {
      return Number(text.replaceAll("_", ""));
    }
    const word = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text);
    if (word) {
      const size = word[2]?.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
      return word[1] === "-" ? -size : size;
    }
    throw valueError(`could not convert string to float: ${repr(value)}`);
  }
  throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
}

/** One way only to match a text: with two, a long run of digits that ends badly takes quadratic time. */
const FLOAT = /^[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;

/** Blanks that int() and float() skip: C's among ASCII, so not U+001C to U+001F, and Unicode's beyond. */
function isBlank(code: number): boolean {
  return isSpace(code) && (code < 0x1c || code > 0x1f);
}

/** Decimal digits of any script as ASCII ones: int() and float() read them all. */
function asciiDigits(text: string): string {
  return text.replace(OTHER_DECIMAL, (digit) => String(decimalValue(digit)));
}

/** Unicode keeps the ten digits of a script in a row, and the run before it is no digit or another whole ten. */
export function decimalValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let first = code;
  while (first > 0 && /\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}

/** round(number, ndigits): half to even on the exact value; without ndigits an int. */
export function round(value: PyValue, ndigits: PyValue = null): PyValue {
  if (!isNumber(value)) throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  if (ndigits !== null && !isInt(ndigits)) {
    throw typeError(`'${typeName(ndigits)}' object cannot be interpreted as an integer`);
  }
  const places = ndigits === null ? null : toInt(ndigits);
  if (isInt(value)) return places === null || places >= 0n ? toInt(value) : roundInt(toInt(value), -places);
  if (places === null) {
    if (!Number.isFinite(value)) return toInt(value);
    return roundHalfEven(value);
  }
  return roundFloat(value, places);
}

function roundHalfEven(x: number): bigint {
  const floor = Math.floor(x);
  const rest = x - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return BigInt(floor) + (up ? 1n : 0n);
}

function roundInt(value: bigint, zeros: bigint): bigint {
  if (zeros > 5000n) return 0n;
  const unit = 10n ** zeros;
  const half = unit / 2n;
  const rest = ((value % unit) + unit) % unit;
  const down = value - rest;
  if (rest < half) return down;
  if (rest > half) return down + unit;
  return (down / unit) % 2n === 0n ? down : down + unit;
}

function roundFloat(x: number, places: bigint): number {
  if (!Number.isFinite(x) || x === 0 || places > 323n) return x;
  if (places < -308n) return 0 * x;
  const rounded = Number(roundedText(x, Number(places)));
  if (!Number.isFinite(rounded)) throw overflowError("rounded value too large to represent");
  return rounded;
}

/** The exact decimal value of a float, rounded half to even at `places` after the point, as text. */
export function roundedText(x: number, places: number): string {
  const negative = x < 0 || Object.is(x, -0);
  const [numerator, denominatorBits] = exact(Math.abs(x));
  const scale = 10n ** BigInt(Math.abs(places));
  const top = places >= 0 ? numerator * scale : numerator;
  const bottom = places >= 0 ? 1n << denominatorBits : (1n << denominatorBits) * scale;
  let quotient = top / bottom;
  const twice = (top % bottom) * 2n;
  if (twice > bottom || (twice === bottom && quotient % 2n === 1n)) quotient++;
  const sign = negative ? "-" : "";
  if (places <= 0) return `${sign}${(quotient * (places < 0 ? scale : 1n)).toString()}`;
  const digits = quotient.toString().padStart(places + 1, "0");
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** A finite float as numerator / 2 ** bits. */
export function exact(x: number): [numerator: bigint, bits: bigint] {
  let bits = 0n;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    // By powers that keep a subnormal exact and a large one finite.
    scaled *= 2;
    bits++;
  }
  return [BigInt(scaled), bits];
}

/** sum(values), left to right: 3.11 does not compensate. */
export function sum(values: PyValue): PyValue {
  let total: PyValue = 0n;
  for (const value of iterate(values)) total = add(total, value);
  return total;
}

/** sorted(values), stable. */
export function sorted(values: PyValue): PyValue[] {
  return [...iterate(values)].sort((a, b) => (lt(a, b) ? -1 : lt(b, a) ? 1 : 0));
}

export const min = (values: PyValue): PyValue => extreme(values, "min", lt);
export const max = (values: PyValue): PyValue => extreme(values, "max", gt);

function extreme(values: PyValue, name: string, better: (a: PyValue, b: PyValue) => boolean): PyValue {
  let best: PyValue | undefined;
  for (const value of iterate(values)) if (best === undefined || better(value, best)) best = value;
  if (best === undefined) throw valueError(`${name}() arg is an empty sequence`);
  return best;
}

/** abs(value) */
export function abs(value: PyValue): PyValue {
  if (typeof value === "number") return Math.abs(value);
  if (isInt(value)) return lt(value, 0n) ? neg(value) : toInt(value);
  if (value instanceof PyComplex) return Math.hypot(value.real, value.imag);
  throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
}

/** str.zfill(width) of ASCII text. */
export function zfill(text: string, width: number): string {
  const points = codePoints(text).length;
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : "";
  return points >= width ? text : sign + "0".repeat(width - points) + text.slice(sign.length);
}
