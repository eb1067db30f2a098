import { type PyError, valueError } from "./errors.ts";

/** repr() of a float: the shortest digits that read back, an exponent below 1e-4 and from 1e16. */
export function floatRepr(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (Object.is(x, -0)) return "-0.0";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = "", exponent = "0"] = x.toExponential().split("e");
    const power = Number(exponent);
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const text = String(x);
  return text.includes(".") ? text : `${text}.0`;
}

/** Digits that CPython converts at most between int and str. */
export const INT_DIGITS = 4300;

/** 10 ** 4300: beyond it CPython refuses to write an int. */
const TOO_LARGE = 10n ** BigInt(INT_DIGITS);

/**
 * The int that decimal digits, signed and with single underscores, write. Throws ValueError past 4300 digits, as CPython
 * 3.11 does: reading many digits takes time that grows with their square.
 */
export function intOfDigits(text: string): bigint {
  const digits = text.replace(/[_+-]/g, "");
  if (digits.length > INT_DIGITS) throw tooManyDigits(digits.length);
  return text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
}

/** What CPython says of an int to read that has more than 4300 digits. */
export function tooManyDigits(count: number): PyError {
  return valueError(
    `Exceeds the limit (${INT_DIGITS} digits) for integer string conversion: value has ${count} digits; use sys.set_int_max_str_digits() to increase the limit`,
  );
}

/** str() of an int. Throws ValueError past 4300 digits, as CPython 3.11 does. */
export function intText(value: bigint): string {
  if (value >= TOO_LARGE || value <= -TOO_LARGE) {
    throw valueError(
      `Exceeds the limit (${INT_DIGITS} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  return value.toString();
}
