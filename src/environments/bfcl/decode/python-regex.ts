/**
 * Parts of regular expressions that mean to JavaScript (with the flags `u` and, where a dot stands for any character,
 * `s`) what they mean to Python's `re` on str.
 */

/** `\s`: JavaScript's lacks U+001C-1F and U+0085, and has U+FEFF. */
export const S = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
/** `\w` */
export const W = "[\\p{L}\\p{N}_]";
/** `\d`: decimal digits of every script. */
export const D = "\\p{Nd}";
/** `.` without DOTALL: all but the line feed. */
export const DOT = "[^\\n]";
/** `$`: the end, or before a line feed that ends the text. */
export const END = "(?=\\n?(?![^]))";
