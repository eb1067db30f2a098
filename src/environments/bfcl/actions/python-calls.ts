import { PyError } from "../python/errors.ts";
import { parseCall, parseCalls } from "../python/parse.ts";
import { type ActionItem, type FoundActions, malformed } from "./action.ts";

/** A message that begins as a list of calls does, however it ends, or that is one call from first to last. */
const WHOLE = /^(?:\[\s*[A-Za-z_][\w.]*\([\s\S]*|[A-Za-z_][\w.]*\([\s\S]*\))$/;
/** The first fenced block whose text begins as a call does; its language may be unsaid. */
const FENCE = /```(?:python|py|tool_code|tool_call)?[ \t]*\r?\n([\s\S]*?)\r?\n?```/g;

/**
 * Calls in Python's notation: `[f(a=1), g('x')]`, one bare call, or fenced code with one call a line. Only text that
 * is calls as a whole counts (or a fence that is): an answer that mentions `f(x)` is an answer.
 */
export function findPythonCalls(content: string): FoundActions | null {
  const whole = content.trim();
  if (whole === "[]") return null;
  if (WHOLE.test(whole)) return { items: readCalls(whole), text: "" };
  for (const fence of whole.matchAll(FENCE)) {
    const code = withoutComments(fence[1] ?? "");
    if (!WHOLE.test(code)) continue;
    const at = fence.index;
    return { items: readCalls(code), text: (whole.slice(0, at) + whole.slice(at + fence[0].length)).trim() };
  }
  return null;
}

function withoutComments(code: string): string {
  const lines = code.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  return lines.join("\n").trim();
}

function readCalls(code: string): ActionItem[] {
  if (code.startsWith("[")) return attempt(() => parseCalls(code).map(toItem));
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 1) return attempt(() => [toItem(parseCall(code))]);
  // One call over several lines, several calls one a line, or several parted by commas: the first that can be read.
  try {
    return [toItem(parseCall(code))];
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
  }
  const each = lines.map(
    (line) => attempt(() => [toItem(parseCall(line.trim()))])[0] ?? malformed("a line holds no call"),
  );
  if (each.every((item) => item.kind === "call")) return each;
  const listed = attempt(() => parseCalls(`[${code}]`).map(toItem));
  return listed[0]?.kind === "call" ? listed : each;
}

function toItem(call: ReturnType<typeof parseCall>): ActionItem {
  return { kind: "call", name: call.name, args: call.args, kwargs: call.kwargs, id: null };
}

function attempt(read: () => ActionItem[]): ActionItem[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof PyError) return [malformed(`the calls can't be read: ${error.message}`)];
    throw error;
  }
}
