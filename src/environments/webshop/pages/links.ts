import { repr } from "../../bfcl/python/repr.ts";
import { compareStr } from "../../bfcl/python/strings.ts";
import { escapeHtml } from "./html.ts";

export type Options = ReadonlyMap<string, string>;

/** repr() of a Python dict of strings. */
export function reprOptions(options: Options): string {
  return `{${Array.from(options, ([name, value]) => `${repr(name)}: ${repr(value)}`).join(", ")}}`;
}

/** json.dumps() of a Python dict of strings and None. */
export function jsonOptions(options: ReadonlyMap<string, string | null>): string {
  return `{${Array.from(options, ([name, value]) => `${asciiJson(name)}: ${value === null ? "null" : asciiJson(value)}`).join(", ")}}`;
}

/** Flask's tojson filter: keys sorted, and nothing that could end a script or an attribute. */
export function tojson(options: ReadonlyMap<string, string | null>): string {
  const sorted = new Map([...options].sort(([a], [b]) => compareStr(a, b)));
  return jsonOptions(sorted).replace(/[<>&']/g, unicodeEscape);
}

/** A link of the original: its routes are all "/", so the arguments are all there is. `form` is the attribute of a form. */
export function formTo(...args: readonly LinkArgument[]): () => string {
  return () => `method="post" action="${escapeHtml(linkTo(...args))}"`;
}

export type LinkArgument = readonly [name: string, value: string | readonly string[]];

export function linkTo(...args: readonly LinkArgument[]): string {
  const pairs = args.flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((each) => `${name}=${quotePlus(each)}`),
  );
  return `/?${pairs.join("&")}`;
}

const KEPT: Readonly<Record<string, string>> = { "%20": "+", "%24": "$", "%2C": ",", "%3B": ";" };

/** werkzeug 2.1's quoting of a query value. */
function quotePlus(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%(?:20|24|2C|3B)/g, (code) => KEPT[code] ?? code);
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, unicodeEscape);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
