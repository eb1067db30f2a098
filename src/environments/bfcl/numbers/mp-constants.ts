import { isqrt } from "./mpf.ts";

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

/** Bits after the point of the value that an arc tangent's series starts at. */
const STEP_BITS = 7;

/**
 * atan(x) for x from 0 to 4, both times 2 ** bits, with mpmath's reduction and truncations: near zero the result is cut to
 * fewer bits than x has, and a unit more or less would show.
 */
export function atanFixed(x: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const drop = BigInt(bits - STEP_BITS);
  const start = (x >> drop) << drop;
  const rest = x - start;
  const v = (rest << shift) / (((start * start) >> shift) + ((start * rest) >> shift) + (1n << shift));
  const [even, odd] = arcSeries(v, bits);
  return atanOfStep(start, bits) + even - odd;
}

/** The same by halving the angle eight times: atan(t) = 2 atan(t / (1 + sqrt(1 + t * t))). */
function atanOfStep(start: bigint, bits: number): bigint {
  const shift = BigInt(bits + GUARD);
  const one = 1n << shift;
  let t = start << BigInt(GUARD);
  for (let halving = 0; halving < 8; halving++) t = (t << shift) / (one + isqrt(t * t + (one << shift)));
  const [even, odd] = arcSeries(t, bits + GUARD);
  return ((even - odd) << 8n) >> BigInt(GUARD);
}

/**
 * The terms v + v ** 5 / 5 + ... and v ** 3 / 3 + v ** 7 / 7 + ... for a small v >= 0, times 2 ** bits: their sum is
 * atanh(v), their difference atan(v). Apart, because that halves the multiplications.
 */
export function arcSeries(v: bigint, bits: number): [even: bigint, odd: bigint] {
  const shift = BigInt(bits);
  const square = (v * v) >> shift;
  const fourth = (square * square) >> shift;
  let even = v;
  let odd = v / 3n;
  let power = (v * fourth) >> shift;
  for (let k = 5n; power !== 0n; k += 4n) {
    even += power / k;
    odd += power / (k + 2n);
    power = (power * fourth) >> shift;
  }
  return [even, (odd * square) >> shift];
}
