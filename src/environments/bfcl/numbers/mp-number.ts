import { toFloat, toInt } from "../python/builtins.ts";
import { PyError, typeError, zeroDivisionError } from "../python/errors.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { repr } from "../python/repr.ts";
import { lower, strip, withoutEnd } from "../python/strings.ts";
import { PyComplex, PyObject, type PyValue } from "../python/values.ts";
import { type Complex, complexLn, ln, quotient } from "./mp-log.ts";
import { divided, fromFloat, type Mpf, mpf, rounded, sign } from "./mpf.ts";
import { bitsOfDigits, mpfText, reprDigits } from "./mpf-text.ts";

/** A number of mpmath as a result shows it. */
export class MpNumber extends PyObject {
  readonly #value: Mpf | Complex;
  readonly #digits: number;

  constructor(value: Mpf | Complex, bits: number) {
    super();
    this.#value = value;
    this.#digits = reprDigits(bits);
  }

  override get pyType(): string {
    return isComplex(this.#value) ? "mpc" : "mpf";
  }

  override pyRepr(): string {
    const value = this.#value;
    if (!isComplex(value)) return `mpf('${mpfText(value, this.#digits)}')`;
    const [real, imaginary] = value.map((part) => mpfText(part, this.#digits));
    return `mpc(real='${real}', imag='${imaginary}')`;
  }
}

const isComplex = (value: Mpf | Complex): value is Complex => Array.isArray(value);

/** Powers of ten in text, and bits of an int, that are read: past them the number is refused and not computed. */
const MAX_POWER = 5000;
const MAX_BITS = 2 ** 20;

/**
 * mpmath.log(value) / mpmath.log(base) at `digits` decimals. Numbers, and the texts that mpmath reads as numbers, are
 * taken; throws PyError as mpmath does on anything else and on division by zero.
 */
export function mpLogarithm(value: PyValue, base: PyValue, digits: number): MpNumber {
  const bits = bitsOfDigits(digits);
  const top = logarithm(value, bits);
  const result = quotient(top, logarithm(base, bits), bits);
  if (result === null) throw zeroDivisionError("");
  return new MpNumber(result, bits);
}

function logarithm(value: PyValue, bits: number): Mpf | Complex {
  const x = converted(value, bits);
  if (isComplex(x)) return complexLn(x, bits);
  return sign(x) < 0 ? complexLn([x, "zero"], bits) : ln(x, bits);
}

function converted(value: PyValue, bits: number): Mpf | Complex {
  switch (typeof value) {
    case "bigint":
      if (value > LARGEST || value < -LARGEST) throw tooLarge();
      return mpf(value, 0);
    case "boolean":
      return mpf(value ? 1n : 0n, 0);
    case "number":
      return fromFloat(value);
    case "string":
      return fromText(value, bits);
    default:
      if (value instanceof PyComplex) return [fromFloat(value.real), fromFloat(value.imag)];
      throw typeError(`cannot create mpf from ${repr(value)}`);
  }
}

const LARGEST = 1n << BigInt(MAX_BITS);

const tooLarge = (): PyError => new PyError("ValueError", "the number is too large");

const COMPLEX =
  /^\(?((?:[+-]?\p{Nd}*(?:\.\p{Nd}*)?(?:e[+-]?\p{Nd}+)?)??)((?:[+-]?\p{Nd}*(?:\.\p{Nd}*)?(?:e[+-]?\p{Nd}+)?j)?)\)?\n?$/u;

function fromText(text: string, bits: number): Mpf | Complex {
  try {
    return realText(text, bits);
  } catch (error) {
    if (!(error instanceof PyError) || !error.is("ValueError")) throw error;
  }
  const folded = lower(text).replaceAll(" ", "");
  if (!lower(text).includes("j")) throw typeError(`cannot create mpf from ${repr(text)}`);
  const match = COMPLEX.exec(folded);
  if (match === null) throw attributeError(null, "group");
  const real = match[1] === "" || match[1] === undefined ? ("zero" as const) : converted(match[1], bits);
  const imaginary = converted(withoutEnd(match[2] ?? "", "j"), bits);
  if (isComplex(real) || isComplex(imaginary)) throw attributeError(null, "group");
  return [real, imaginary];
}

/** A decimal or a fraction of ints in text, rounded to nearest; throws ValueError on anything else. */
function realText(source: string, bits: number): Mpf {
  const text = strip(lower(source), null, true, true);
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.includes("/")) {
    const [top, bottom, ...more] = text.split("/");
    if (more.length > 0) throw new PyError("ValueError", "too many values to unpack (expected 2)");
    return ratio(int(withoutEnd(top ?? "", "l")), int(withoutEnd(bottom ?? "", "l")), bits);
  }
  const plain = withoutEnd(text, "l");
  toFloat(plain);
  const [number = "", power = "0"] = plain.split("e");
  const [whole = "", fraction = ""] = number.split(".");
  const places = withoutEnd(fraction, "0");
  const exponent = int(power) - BigInt(Array.from(places).length);
  const digits = int(whole + places);
  if (digits === 0n) return "zero";
  if (exponent > BigInt(MAX_POWER) || exponent < -BigInt(MAX_POWER)) throw tooLargeText();
  if (exponent >= 0n) return rounded(mpf(digits * 10n ** exponent, 0), bits, "nearest");
  return ratio(digits, 10n ** -exponent, bits);
}

/** An OverflowError, because a ValueError would be read as "no number at all". */
const tooLargeText = (): PyError => new PyError("OverflowError", "the number is too large");

const WORDS: ReadonlyMap<string, Mpf> = new Map([
  ["inf", "inf"],
  ["+inf", "inf"],
  ["-inf", "-inf"],
  ["nan", "nan"],
]);

function ratio(top: bigint, bottom: bigint, bits: number): Mpf {
  const value = divided(mpf(top, 0), mpf(bottom, 0), bits, "nearest");
  if (value === null) throw zeroDivisionError("");
  return value;
}

/** int(text), which refuses more than 4300 digits. */
function int(text: string): bigint {
  if ((text.match(/\p{Nd}/gu)?.length ?? 0) > 4300) throw new PyError("ValueError", "Exceeds the limit (4300 digits)");
  return toInt(text);
}
