import { isqrt } from "./decimal-sqrt.ts";
import { bitLength, shifted } from "./mpf.ts";

/** Bits kept between multiplications: their errors stay far below half a unit of the 53-bit result. */
const KEPT = 192;
/** Powers of two beyond which a float is surely infinite or zero. */
const FAR = 2200;

/**
 * base ** exponent for a finite base other than zero, negative only with an integer exponent: rounded once, as C's pow
 * gives it. JavaScriptCore's own operator multiplies in doubles where the exponent is an integer, and divides by a root
 * where it is -0.5, so it is off in the last digits (1.05 ** 10 and the like).
 */
export function floatPower(base: number, exponent: number): number {
  if (exponent === -0.5) return inverseRoot(base);
  if (!Number.isInteger(exponent)) return base ** exponent;
  const negative = base < 0 && exponent % 2 !== 0;
  if (Math.abs(base) === 1) return negative ? -1 : 1;
  const estimate = exponent * Math.log2(Math.abs(base));
  const size = estimate > FAR ? Number.POSITIVE_INFINITY : estimate < -FAR ? 0 : computed(Math.abs(base), exponent);
  return negative ? -size : size;
}

function inverseRoot(base: number): number {
  const [mantissa, exponent] = parts(base);
  const even = exponent % 2 === 0;
  const root = isqrt((1n << BigInt(2 * KEPT)) / (even ? mantissa : mantissa * 2n));
  return toDouble(root, -KEPT - (even ? exponent : exponent - 1) / 2);
}

function computed(base: number, exponent: number): number {
  let [mantissa, power] = parts(base);
  let [result, scale] = [1n, 0];
  for (let rest = BigInt(Math.abs(exponent)); rest > 0n; rest >>= 1n) {
    if (rest & 1n) [result, scale] = cut(result * mantissa, scale + power);
    [mantissa, power] = cut(mantissa * mantissa, power * 2);
  }
  if (exponent > 0) return toDouble(result, scale);
  return toDouble((1n << BigInt(2 * KEPT + 64)) / result, -scale - 2 * KEPT - 64);
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
