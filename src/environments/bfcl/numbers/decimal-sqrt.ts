import { exact, toInt } from "../python/builtins.ts";
import { isInt, PyObject, type PyValue } from "../python/values.ts";
import { isqrt } from "./mpf.ts";

/** decimal.Decimal, not negative, as far as a square root needs it: digits * 10 ** exponent, or NaN, or Infinity. */
export class Decimal extends PyObject {
  override readonly pyType = "Decimal";
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override pyRepr(): string {
    return `Decimal('${this.#text}')`;
  }
}

/** Decimal(number).sqrt() to `precision` digits, rounded half to even (algorithm of CPython's _pydecimal). */
export function decimalSqrt(number: PyValue, precision: number): Decimal | null {
  if (isInt(number)) return root(toInt(number), 0, precision);
  if (typeof number !== "number") return null;
  if (Number.isNaN(number)) return new Decimal("NaN");
  if (!Number.isFinite(number)) return new Decimal("Infinity");
  if (Object.is(number, -0)) return new Decimal("-0");
  // n / 2**k is n * 5**k / 10**k: the exact value, not the shortest text.
  const [numerator, bits] = exact(number);
  return root(numerator * 5n ** bits, -Number(bits), precision);
}

function root(digits: bigint, exponent: number, precision: number): Decimal {
  if (digits === 0n) return new Decimal(text("0", Math.floor(exponent / 2)));
  const odd = Math.abs(exponent % 2) === 1;
  const length = digits.toString().length;
  const shift = precision + 1 - (odd ? Math.floor(length / 2) + 1 : Math.floor((length + 1) / 2));
  const start = odd ? digits * 10n : digits;
  const factor = 100n ** BigInt(Math.abs(shift));
  const scaled = shift >= 0 ? start * factor : start / factor;
  let n = isqrt(scaled);
  let e = Math.floor(exponent / 2) - shift;
  if ((shift >= 0 || start % factor === 0n) && n * n === scaled) {
    n = shift >= 0 ? n / 10n ** BigInt(shift) : n * 10n ** BigInt(-shift);
    e += shift;
  } else if (n % 5n === 0n) n++;
  return new Decimal(rounded(n, e, precision));
}

function rounded(n: bigint, e: number, precision: number): string {
  const surplus = n.toString().length - precision;
  if (surplus <= 0) return text(n.toString(), e);
  const unit = 10n ** BigInt(surplus);
  const rest = (n % unit) * 2n;
  let kept = n / unit;
  if (rest > unit || (rest === unit && kept % 2n === 1n)) kept++;
  const digits = kept.toString();
  return digits.length > precision ? text(digits.slice(0, -1), e + surplus + 1) : text(digits, e + surplus);
}

/** Decimal.__str__ */
function text(digits: string, exponent: number): string {
  const left = exponent + digits.length;
  if (exponent <= 0 && left > -6) {
    if (left <= 0) return `0.${"0".repeat(-left)}${digits}`;
    return left >= digits.length ? digits : `${digits.slice(0, left)}.${digits.slice(left)}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${digits.slice(0, 1)}${fraction}E${left - 1 >= 0 ? "+" : ""}${left - 1}`;
}
