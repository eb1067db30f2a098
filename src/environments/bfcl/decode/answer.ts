import { valueError } from "../python/errors.ts";
import { strip } from "../python/strings.ts";
import type { PyValue } from "../python/values.ts";
import { decodeJava } from "./java-text.ts";
import { decodeJavascript } from "./javascript-text.ts";
import { decodeJson } from "./json-text.ts";
import { decodePython, type ParameterNames } from "./python-text.ts";
import { inner } from "./value-text.ts";
import { decodeConciseXml, decodeVerboseXml } from "./xml-text.ts";

/** The form in which an answer text holds its calls. */
export type AnswerFormat = "python" | "java" | "javascript" | "json" | "verbose_xml" | "concise_xml";

export interface AnswerOptions {
  readonly format: AnswerFormat;
  /** Whether the calls must stand in `<TOOLCALL>` tags. */
  readonly tag?: boolean;
  /** Whether Java and JSON are read without the defects of the official parsers (java-text.ts, json-text.ts). */
  readonly fixed?: boolean;
  /** Names for positional arguments of Python calls, which the official decoder drops. */
  readonly namesOf?: ParameterNames;
}

const OPEN = "<TOOLCALL>";
const CLOSE = "</TOOLCALL>";

/**
 * The calls of an answer text, as the official `default_decode_ast_prompting` finds them: usually
 * `[{name: {argument: value}}]`, but a text without a call may give anything. Throws PyError.
 */
export function decodeAnswer(text: string, options: AnswerOptions): PyValue {
  const { format, tag = false, fixed = false, namesOf } = options;
  const listed = inBrackets(text);
  const source = tag ? inTag(listed) : listed;
  switch (format) {
    case "python":
      return decodePython(source, namesOf);
    case "java":
      return decodeJava(inner(source), { fixed });
    case "javascript":
      return decodeJavascript(inner(source));
    case "json":
      return decodeJson(source, { fixed });
    case "verbose_xml":
      return decodeVerboseXml(source);
    case "concise_xml":
      return decodeConciseXml(source);
  }
}

/** Code fences and blanks around the text go, brackets that are missing come. */
function inBrackets(text: string): string {
  const bare = strip(text, "`\n ", true, true);
  return `${bare.startsWith("[") ? "" : "["}${bare}${bare.endsWith("]") ? "" : "]"}`;
}

function inTag(text: string): string {
  const open = text.indexOf(OPEN);
  const close = open === -1 ? -1 : text.indexOf(CLOSE, open + OPEN.length);
  if (close === -1) throw valueError(`No tool call tag found in input string: ${text}`);
  return strip(text.slice(open + OPEN.length, close), null, true, true);
}
