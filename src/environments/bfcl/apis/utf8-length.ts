import { PyError } from "../python/errors.ts";
import { codePoints } from "../python/strings.ts";

/**
 * len(text.encode("utf-8")). Throws UnicodeEncodeError on half of a surrogate pair, which a literal may hold by its
 * escape and which JavaScript's encoders replace in silence.
 */
export function utf8Length(text: string): number {
  if (text.isWellFormed()) return Buffer.byteLength(text);
  const points = codePoints(text);
  const from = points.findIndex((point) => !point.isWellFormed());
  const after = points.findIndex((point, index) => index > from && point.isWellFormed());
  const last = (after === -1 ? points.length : after) - 1;
  const what =
    from === last
      ? `character '\\u${points[from]?.charCodeAt(0).toString(16)}' in position ${from}`
      : `characters in position ${from}-${last}`;
  throw new PyError("UnicodeEncodeError", `'utf-8' codec can't encode ${what}: surrogates not allowed`);
}
