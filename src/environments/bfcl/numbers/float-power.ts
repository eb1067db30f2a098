import { bitLength, isqrt, shifted } from "./mpf.ts";

/** Bits kept between multiplications: their errors stay far below half a unit of the 53-bit result. */
const KEPT = 192;
/** Exponents up to here are multiplied out by JavaScriptCore; for other numbers but -0.5 it asks C's pow, as CPython does. */
const LARGEST_EXPONENT = 1000;

/**
 * base ** exponent for a finite base other than zero, negative only with an integer exponent. JavaScriptCore's own operator
 * is off in the last digits where it multiplies doubles or divides by a root (1.05 ** 10 and the like); here the exact
 * power is rounded once. C's pow does the same in all but one of some two thousand cases, those within 0.001 units of a tie.
 */
export function floatPower(base: number, exponent: number): number {
  if (exponent === -0.5) return inverseRoot(base);
  if (!Number.isInteger(exponent) || exponent < 1 || exponent > LARGEST_EXPONENT) return base ** exponent;
  const size = whole(Math.abs(base), exponent);
  return base < 0 && exponent % 2 === 1 ? -size : size;
}

function inverseRoot(base: number): number {
  const [mantissa, exponent] = parts(base);
  const even = exponent % 2 === 0;
  const radicand = even ? mantissa : mantissa * 2n;
  const half = KEPT + bitLength(radicand);
  return toDouble(isqrt((1n << BigInt(2 * half)) / radicand), -half - (even ? exponent : exponent - 1) / 2);
}

function whole(base: number, exponent: number): number {
  let [mantissa, power] = parts(base);
  let [result, scale] = [1n, 0];
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) [result, scale] = cut(result * mantissa, scale + power);
    [mantissa, power] = cut(mantissa * mantissa, power * 2);
  }
  return toDouble(result, scale);
}

function parts(x: number): [mantissa: bigint, exponent: number] {
  let exponent = 0;
  let whole = x;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    exponent--;
  }
  return [BigInt(whole), exponent];
}

function cut(mantissa: bigint, exponent: number): [mantissa: bigint, exponent: number] {
  const excess = bitLength(mantissa) - KEPT;
  return excess > 0 ? [mantissa >> BigInt(excess), exponent + excess] : [mantissa, exponent];
}

/** mantissa * 2 ** exponent as a double, rounded once also where it is subnormal. */
function toDouble(mantissa: bigint, exponent: number): number {
  const top = bitLength(mantissa) + exponent;
  if (top > 1025) return Number.POSITIVE_INFINITY;
  const lowest = Math.max(top - 53, -1074);
  const drop = lowest - exponent;
  if (drop <= 0) return Number(shifted(mantissa, -drop)) * 2 ** lowest;
  const half = mantissa >> BigInt(drop - 1);
  const exact = BigInt.asUintN(drop - 1, mantissa) === 0n;
  const up = (half & 1n) === 1n && ((half & 2n) === 2n || !exact);
  const units = Number((half >> 1n) + (up ? 1n : 0n));
  // Two factors, because 2 ** 1024 and 2 ** -1074 with 53 bits before it have no exponent of their own.
  return units * 2 ** Math.trunc(lowest / 2) * 2 ** (lowest - Math.trunc(lowest / 2));
}
