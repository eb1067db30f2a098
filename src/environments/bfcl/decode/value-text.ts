import { toFloat, toInt } from "../python/builtins.ts";
import { PyError } from "../python/errors.ts";
import { strip } from "../python/strings.ts";
import type { PyValue } from "../python/values.ts";

/** Longer texts are left as they are: the official patterns take cubic time, and no answer has a fiftieth of it. */
export const MAX_CONVERTED = 2048;

export const stripped = (text: string): string => strip(text, null, true, true);

/** `int(text)`, else `float(text)`, else the text. */
export function numberOrText(text: string): PyValue {
  try {
    return toInt(text);
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
  }
  try {
    return toFloat(text);
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
  }
  return text;
}

/** Whether a text begins and ends with the quote; a lone quote does both, as in Python. */
export const isQuoted = (text: string, quote: string): boolean => text.startsWith(quote) && text.endsWith(quote);

/** text[1:-1], by code points. */
export function inner(text: string): string {
  return Array.from(text).slice(1, -1).join("");
}
