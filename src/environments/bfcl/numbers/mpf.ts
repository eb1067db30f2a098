/**
 * Binary floating point of any precision with mpmath's rounding and number text. Every value is canonical: its mantissa
 * is odd, and `size` is the mantissa's bits. Precisions are in bits.
 */
export type Mpf = Finite | "zero" | "inf" | "-inf" | "nan";

export interface Finite {
  readonly negative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
  readonly size: number;
}

/** Nearest with ties to even, or toward zero: the two directions that a logarithm needs. */
export type Rounding = "nearest" | "down";

/** Bits of |value|. */
export function bitLength(value: bigint): number {
  const hex = (value < 0n ? -value : value).toString(16);
  return value === 0n ? 0 : hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}

export const shifted = (value: bigint, bits: number): bigint =>
  bits >= 0 ? value << BigInt(bits) : value >> BigInt(-bits);

/** value * 2 ** exponent, rounded when a precision is given. */
export function mpf(value: bigint, exponent: number, precision?: number, rounding: Rounding = "down"): Mpf {
  if (value === 0n) return "zero";
  const negative = value < 0n;
  let mantissa = negative ? -value : value;
  let power = exponent;
  const excess = precision === undefined ? 0 : bitLength(mantissa) - precision;
  if (excess > 0) {
    mantissa = rounding === "down" ? mantissa >> BigInt(excess) : nearest(mantissa, excess);
    power += excess;
  }
  const zeros = trailingZeros(mantissa);
  mantissa >>= BigInt(zeros);
  return { negative, mantissa, exponent: power + zeros, size: bitLength(mantissa) };
}

function nearest(mantissa: bigint, excess: number): bigint {
  const half = mantissa >> BigInt(excess - 1);
  const odd = (half & 2n) !== 0n;
  const above = (half & 1n) === 1n && (odd || BigInt.asUintN(excess - 1, mantissa) !== 0n);
  return (half >> 1n) + (above ? 1n : 0n);
}

function trailingZeros(value: bigint): number {
  if ((value & 1n) === 1n) return 0;
  return bitLength(value & -value) - 1;
}

export function fromFloat(x: number): Mpf {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  let exponent = 0;
  let whole = x;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    exponent--;
  }
  return mpf(BigInt(whole), exponent);
}

/** -1, 0 or 1; 0 for nan. */
export function sign(x: Mpf): number {
  if (typeof x === "object") return x.negative ? -1 : 1;
  return x === "inf" ? 1 : x === "-inf" ? -1 : 0;
}

export function negated(x: Mpf): Mpf {
  if (typeof x === "object") return { ...x, negative: !x.negative };
  return x === "inf" ? "-inf" : x === "-inf" ? "inf" : x;
}

export const absolute = (x: Mpf): Mpf => (sign(x) < 0 ? negated(x) : x);

export const signedMantissa = (x: Finite): bigint => (x.negative ? -x.mantissa : x.mantissa);

/** x * 2 ** bits */
export const scaled = (x: Mpf, bits: number): Mpf =>
  typeof x === "object" ? { ...x, exponent: x.exponent + bits } : x;

/** x * y, exact. */
export function multiplied(x: Mpf, y: Mpf): Mpf {
  if (typeof x === "object" && typeof y === "object") {
    return mpf(signedMantissa(x) * signedMantissa(y), x.exponent + y.exponent);
  }
  if (x === "nan" || y === "nan") return "nan";
  const infinite = [x, y].some((each) => each === "inf" || each === "-inf");
  if (!infinite) return "zero";
  const product = sign(x) * sign(y);
  return product === 0 ? "nan" : product > 0 ? "inf" : "-inf";
}

/** x + y, exact unless a precision is given. */
export function added(x: Mpf, y: Mpf, precision?: number, rounding: Rounding = "down"): Mpf {
  if (typeof x === "object" && typeof y === "object") {
    const exponent = Math.min(x.exponent, y.exponent);
    const a = shifted(signedMantissa(x), x.exponent - exponent);
    const b = shifted(signedMantissa(y), y.exponent - exponent);
    return mpf(a + b, exponent, precision, rounding);
  }
  if (x === "zero") return typeof y === "object" ? rounded(y, precision, rounding) : y;
  if (y === "zero") return typeof x === "object" ? rounded(x, precision, rounding) : x;
  if (typeof x === "object") return y;
  return typeof y === "object" || x === y ? x : "nan";
}

/** x at a precision. */
export function rounded(x: Mpf, precision: number | undefined, rounding: Rounding): Mpf {
  return typeof x === "object" ? mpf(signedMantissa(x), x.exponent, precision, rounding) : x;
}

/** x / y, or null where mpmath raises ZeroDivisionError. */
export function divided(x: Mpf, y: Mpf, precision: number, rounding: Rounding): Mpf | null {
  if (y === "zero") return null;
  if (typeof x === "object" && typeof y === "object") {
    const extra = Math.max(5, precision - x.size + y.size + 5);
    const top = x.mantissa << BigInt(extra);
    const quotient = top / y.mantissa;
    // A last bit that stands for the remainder makes the rounding right.
    const sticky = (quotient << 1n) | (quotient * y.mantissa === top ? 0n : 1n);
    const value = x.negative === y.negative ? sticky : -sticky;
    return mpf(value, x.exponent - y.exponent - extra - 1, precision, rounding);
  }
  if (x === "nan" || y === "nan") return "nan";
  if (x === "zero") return "zero";
  if (typeof y !== "object") return typeof x === "object" ? "zero" : "nan";
  return sign(x) * sign(y) > 0 ? "inf" : "-inf";
}

/** x * 2 ** precision as an integer, rounded down. */
export const fixed = (x: Finite, precision: number): bigint => shifted(signedMantissa(x), x.exponent + precision);

/** The largest integer whose square is at most n. */
export function isqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
