import { isqrt } from "./decimal-sqrt.ts";

/** Bits beyond those asked for: the truncations of a few thousand terms stay below them. */
const GUARD = 32;

/** The largest value computed so far: a mathematical constant, so sharing it tells nobody anything. */
interface Known {
  bits: number;
  value: bigint;
}

const knownLn2: Known = { bits: 0, value: 0n };
const knownPi: Known = { bits: 0, value: 0n };

/** floor(ln 2 * 2 ** bits) */
export function ln2Fixed(bits: number): bigint {
  return atLeast(knownLn2, bits, (one) => {
    return (
      18n * inverseTangent(26n, one, true) -
      2n * inverseTangent(4801n, one, true) +
      8n * inverseTangent(8749n, one, true)
    );
  });
}

/** floor(pi * 2 ** bits) */
export function piFixed(bits: number): bigint {
  return atLeast(knownPi, bits, (one) => 16n * inverseTangent(5n, one, false) - 4n * inverseTangent(239n, one, false));
}

function atLeast(known: Known, bits: number, compute: (one: bigint) => bigint): bigint {
  if (bits > known.bits) {
    known.value = compute(1n << BigInt(bits + GUARD)) >> BigInt(GUARD);
    known.bits = bits;
  }
  return known.value >> BigInt(known.bits - bits);
}

/** atan(1 / n), or atanh(1 / n), times `one`. */
function inverseTangent(n: bigint, one: bigint, hyperbolic: boolean): bigint {
  const square = n * n;
  let power = one / n;
  let sum = power;
  let negative = false;
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= square;
    negative = !hyperbolic && !negative;
    sum += negative ? -(power / k) : power / k;
  }
  return sum;
}

/** atan(x) for x from 0 to 4, both times 2 ** bits. */
export function atanFixed(x: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const one = 1n << shift;
  let t = x;
  let halvings = 0n;
  // atan(t) = 2 atan(t / (1 + sqrt(1 + t * t))): each halving of the angle saves terms of the series.
  for (; halvings < 8n; halvings++) t = (t << shift) / (one + isqrt(t * t + (one << shift)));
  const square = (t * t) >> shift;
  let power = t;
  let sum = t;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = (-power * square) >> shift;
    if (power === -1n) break;
    sum += power / k;
  }
  return sum << halvings;
}
