import { INT_DIGITS, intOfDigits, tooManyDigits } from "./number-text.ts";
import type { Tokens } from "./tokens.ts";
import { PyComplex, type PyValue } from "./values.ts";

/** The value of the number that these tokens gave last. Throws PyError (SyntaxError) on an int of too many digits. */
export function numeral(tokens: Tokens, text: string): PyValue {
  if (!/^\d+$/.test(text)) {
    if (/^0[xob]/i.test(text)) return BigInt(text);
    return /j$/i.test(text) ? new PyComplex(0, Number(text.slice(0, -1))) : Number(text);
  }
  if (text.length <= INT_DIGITS) return intOfDigits(text);
  throw tokens.error(
    `${tooManyDigits(text.length).message} - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.`,
  );
}
