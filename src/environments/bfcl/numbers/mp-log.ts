import { arcSeries, atanFixed, ln2Fixed, piFixed } from "./mp-constants.ts";
import {
  absolute,
  added,
  bitLength,
  divided,
  type Finite,
  fixed,
  isqrt,
  type Mpf,
  mpf,
  multiplied,
  negated,
  rounded,
  scaled,
  shifted,
  sign,
} from "./mpf.ts";

/** A logarithm: real, or with the imaginary part that a negative or complex number gives it. */
export type Complex = readonly [real: Mpf, imaginary: Mpf];

/** Bits that mpmath works with beyond those it returns. */
const GUARD = 20;
/** The series starts at x rounded down to so many bits after the point. */
const STEP_BITS = 9;

/**
 * ln(x) for x >= 0 at a precision in bits, to nearest. Fixed point, with the reductions and truncations of mpmath 1.3.0 up
 * to 2480 bits (746 digits), so that even a value next to a tie rounds as it does there; above, mpmath turns to another
 * method and both are right in all but the rarest last bit.
 */
export function ln(x: Mpf, precision: number): Mpf {
  if (typeof x !== "object") return x === "zero" ? "-inf" : x;
  let bits = precision + GUARD;
  if (x.mantissa === 1n) {
    return mpf(BigInt(x.exponent) * ln2Fixed(bits), -bits, precision, "nearest");
  }
  const magnitude = x.exponent + x.size;
  if (magnitude === 0 || magnitude === 1) {
    const whole = 1n << BigInt(x.size - magnitude);
    const distance = magnitude === 0 ? whole - x.mantissa : x.mantissa - whole;
    const cancelled = x.size - bitLength(distance);
    // So close to 1 that ln(x) is x - 1 to the last bit.
    if (cancelled > bits) return mpf(magnitude === 0 ? -distance : distance, magnitude - x.size, precision, "nearest");
    bits += cancelled;
  }
  // mpmath leaves the mantissa out where the exponent alone decides every bit.
  if (Math.abs(magnitude) > 10_000 && bitLength(BigInt(magnitude)) > bits) {
    return mpf(BigInt(x.exponent) * ln2Fixed(bits), -bits, precision, "nearest");
  }
  const reduced = lnFixed(shifted(x.mantissa, bits - x.size), bits);
  return mpf(reduced + BigInt(magnitude) * ln2Fixed(bits), -bits, precision, "nearest");
}

/** ln(x) for x from 1/2 to 1, both times 2 ** bits. */
function lnFixed(x: bigint, bits: number): bigint {
  const drop = BigInt(bits - STEP_BITS);
  const start = (x >> drop) << drop;
  const rest = ((x - start) << BigInt(bits)) / start;
  return lnOfStep(start, bits) + 2n * atanhSeries((rest << BigInt(bits)) / ((2n << BigInt(bits)) + rest), bits);
}

/** The same for the few values that the series starts at: eight square roots bring them next to 1. */
function lnOfStep(start: bigint, bits: number): bigint {
  const extra = 24;
  const shift = BigInt(bits + extra);
  const one = 1n << shift;
  let x = start << BigInt(extra);
  for (let root = 0; root < 8; root++) x = isqrt(x << shift);
  const size = atanhSeries(((one - x) << shift) / (one + x), bits + extra);
  return -(size << 9n) >> BigInt(extra);
}

function atanhSeries(v: bigint, bits: number): bigint {
  const [even, odd] = arcSeries(v, bits);
  return even + odd;
}

/** The principal logarithm of a complex number, or of a real one below zero. */
export function complexLn([a, b]: Complex, precision: number): Complex {
  return [lnOfSize(a, b, precision), angle(b, a, precision, "nearest")];
}

function lnOfSize(a: Mpf, b: Mpf, precision: number): Mpf {
  if (typeof a === "object" && typeof b === "object") {
    return scaled(ln(added(multiplied(a, a), multiplied(b, b)), precision), -1);
  }
  const [special, other] = typeof b === "object" ? [a, b] : [b, a];
  if (special === "zero" && other === "zero") return "-inf";
  if (typeof other === "object") return special === "zero" ? ln(absolute(other), precision) : absolute(special);
  return special === "nan" || other === "nan" ? "nan" : "inf";
}

/** atan2(y, x) */
function angle(y: Mpf, x: Mpf, precision: number, rounding: "nearest" | "down"): Mpf {
  if (y === "nan" || x === "nan") return "nan";
  if (sign(y) < 0 && typeof y === "object") return negated(angle(negated(y), x, precision, rounding));
  if (y === "zero") return sign(x) >= 0 ? "zero" : pi(precision, rounding);
  if (typeof y !== "object") {
    if (x === "inf" || x === "-inf") return "nan";
    const quarter = scaled(pi(precision, rounding), -1);
    return y === "inf" ? quarter : negated(quarter);
  }
  if (typeof x !== "object") {
    if (x === "inf") return "zero";
    return x === "-inf" ? pi(precision, rounding) : scaled(pi(precision, rounding), -1);
  }
  const quotient = divided(y, x, precision + 4, "down");
  const slope = quotient !== null && typeof quotient === "object" ? atan(quotient, precision + 4) : "nan";
  if (x.negative) return added(pi(precision + 4, "down"), slope, precision, rounding);
  return rounded(slope, precision, rounding);
}

function pi(precision: number, rounding: "nearest" | "down"): Mpf {
  const bits = precision + GUARD;
  return mpf(piFixed(bits), -bits, precision, rounding);
}

/** atan(x), cut off at a precision. */
function atan(x: Finite, precision: number): Mpf {
  const magnitude = x.exponent + x.size;
  const size: Finite = { ...x, negative: false };
  const upright = atanOfPositive(size, magnitude, precision);
  return x.negative ? negated(upright) : upright;
}

function atanOfPositive(x: Finite, magnitude: number, precision: number): Mpf {
  if (magnitude > precision + GUARD) return scaled(pi(precision, "down"), -1);
  if (-magnitude > precision + GUARD) {
    // A hair below x, as x - x ** 3 / 3 is.
    const extra = Math.max(precision - x.size, 0) + 2;
    return mpf((x.mantissa << BigInt(extra)) - 1n, x.exponent - extra, precision, "down");
  }
  const bits = precision + 30 + Math.abs(magnitude);
  if (magnitude < 2) return mpf(atanFixed(fixed(x, bits), bits), -bits, precision, "down");
  const inverse = divided(mpf(1n, 0), x, bits, "down");
  const rest = inverse !== null && typeof inverse === "object" ? atanFixed(fixed(inverse, bits), bits) : 0n;
  return mpf((piFixed(bits) >> 1n) + 1n - rest, -bits, precision, "down");
}

const isReal = (z: Complex | Mpf): z is Mpf => !Array.isArray(z);

/** z / w to nearest, or null on division by zero: as mpmath divides numbers that it holds as real or complex. */
export function quotient(z: Complex | Mpf, w: Complex | Mpf, precision: number): Complex | Mpf | null {
  if (isReal(w)) {
    if (isReal(z)) return divided(z, w, precision, "nearest");
    return pair(divided(z[0], w, precision, "nearest"), divided(z[1], w, precision, "nearest"));
  }
  const [c, d] = w;
  const size = added(multiplied(c, c), multiplied(d, d), precision + 10);
  if (isReal(z)) {
    return pair(
      divided(multiplied(c, z), size, precision, "nearest"),
      divided(negated(multiplied(d, z)), size, precision, "nearest"),
    );
  }
  const [a, b] = z;
  const real = added(multiplied(a, c), multiplied(b, d), precision + 10);
  const imaginary = added(multiplied(b, c), negated(multiplied(a, d)), precision + 10);
  return pair(divided(real, size, precision, "nearest"), divided(imaginary, size, precision, "nearest"));
}

function pair(real: Mpf | null, imaginary: Mpf | null): Complex | null {
  return real === null || imaginary === null ? null : [real, imaginary];
}
