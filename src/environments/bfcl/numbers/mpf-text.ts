import { withoutEnd } from "../python/strings.ts";
import { divided, type Finite, fixed, type Mpf, mpf } from "./mpf.ts";

/** Bits a decimal digit holds, as mpmath writes it in its source and as its math.log(10, 2) comes out. */
const BITS_PER_DIGIT = 3.3219280948873626;

/** Past this many bits before or after the point digits come from a scaled number. */
const FAR = 3500;

/** Bits of precision for so many decimals. */
export function bitsOfDigits(digits: number): number {
  return Math.max(1, halfEven((digits + 1) * BITS_PER_DIGIT));
}

/** Digits that mpmath's repr shows at a precision: enough to read the number back. */
export function reprDigits(bits: number): number {
  const digits = Math.max(1, halfEven(bits / BITS_PER_DIGIT - 1));
  return digits === 15 ? 17 : digits + 3;
}

function halfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** The number with `count` significant digits, as mpmath writes it: trailing zeros cut, an exponent when it is far from 1. */
export function mpfText(x: Mpf, count: number): string {
  if (typeof x !== "object") return x === "zero" ? "0.0" : x === "inf" ? "+inf" : x;
  const read = significant(x, count + 3);
  let { exponent } = read;
  let digits = read.digits.slice(0, count);
  if ((read.digits[count] ?? "0") >= "5") {
    const up = String(BigInt(digits) + 1n);
    if (up.length > digits.length) exponent++;
    digits = up.slice(0, count);
  }
  let point = 1;
  let suffix = "";
  if (Math.min(-Math.floor(count / 3), -5) < exponent && exponent < count) {
    if (exponent < 0) digits = "0".repeat(-exponent) + digits;
    else point = exponent + 1;
  } else suffix = `e${exponent < 0 ? "" : "+"}${exponent}`;
  const padded = digits.padEnd(point, "0");
  const fraction = withoutEnd(padded.slice(point), "0");
  return `${x.negative ? "-" : ""}${padded.slice(0, point)}.${fraction === "" ? "0" : fraction}${suffix}`;
}

/** At least `count` leading digits, cut off and not rounded, and the power of ten of the first. */
function significant(x: Finite, count: number): { digits: string; exponent: number } {
  const bits = Math.floor(count * BITS_PER_DIGIT) + 10;
  let size: Finite = { ...x, negative: false };
  let exponent = 0;
  if (Math.abs(x.exponent + x.size) > FAR) {
    exponent = Math.trunc(x.exponent / BITS_PER_DIGIT);
    const power = mpf(10n ** BigInt(Math.abs(exponent)), 0);
    const one = mpf(1n, 0);
    const unit = exponent < 0 ? divided(one, power, bits, "down") : power;
    const near = unit === null ? null : divided(size, unit, bits, "down");
    if (near !== null && typeof near === "object") size = near;
  }
  const fraction = Math.max(bits - size.exponent - size.size, 0);
  const places = Math.floor(fraction / BITS_PER_DIGIT + 0.5);
  const digits = ((fixed(size, fraction) * 10n ** BigInt(places)) >> BigInt(fraction)).toString();
  return { digits, exponent: exponent + digits.length - places - 1 };
}
