import type { Message } from "../../../protocol/messages.ts";
import { parseAction } from "../actions/parse-action.ts";
import { withoutThinking } from "../actions/think.ts";
import type { SingleTurnTask } from "../data/types.ts";
import { parameterNames } from "../decode/parameter-names.ts";
import type { BfclParams } from "../params.ts";
import { PyDict } from "../python/values.ts";
import { type Decoded, tryDecode } from "./judge.ts";

/** An assistant message as the answer to a single-turn task. */
export interface Answer {
  readonly decoded: Decoded;
  /** The form that its calls were found in; null when it has none. */
  readonly format: string | null;
  readonly parse_errors: string[];
}

/** Forms that show by their marks that a call is meant. */
const MARKED = ["tool_calls", "hermes", "xml"] as const;

/** The first fenced block; the word behind the fence is its language. */
const FENCE = /```[a-z_]*[ \t]*\r?\n([\s\S]*?)```/i;

/**
 * Reads the calls of an answer. Marked forms are looked for first; without one the whole text is decoded as the official
 * evaluation does, in the language of the task. Positional arguments get the names of their parameters.
 */
export function readAnswer(message: Message, task: SingleTurnTask, params: BfclParams): Answer {
  const content = withoutThinking(message.content ?? "");
  const options = { fixed: params.compat === "fixed", namesOf: parameterNames(task.schemas) };
  if (task.format !== undefined) {
    const { return_format, tag } = task.format;
    return textAnswer(tryDecode(content, { ...options, format: return_format, tag }), return_format);
  }
  const { action_format } = params;
  for (const form of MARKED) {
    if (action_format !== "auto" && action_format !== form) continue;
    const parsed = parseAction(message, form);
    if (parsed.format !== null) return markedAnswer(parsed);
  }
  if (action_format !== "auto" && action_format !== "python") {
    return { decoded: { value: [] }, format: null, parse_errors: [] };
  }
  const text = FENCE.exec(content)?.[1] ?? content;
  return textAnswer(tryDecode(text, { ...options, format: task.language }), task.language);
}

function markedAnswer(parsed: ReturnType<typeof parseAction>): Answer {
  const [error] = parsed.parse_errors;
  const calls = parsed.calls.map((call) => PyDict.of([[call.name, PyDict.of(call.kwargs)]]));
  return {
    decoded: error === undefined ? { value: calls } : { failed: error },
    format: parsed.format,
    parse_errors: parsed.parse_errors,
  };
}

/** Text that can't be decoded is an answer in words, not a malformed call. */
function textAnswer(decoded: Decoded, format: string): Answer {
  const isCall = "value" in decoded && Array.isArray(decoded.value) && decoded.value.length > 0;
  return { decoded, format: isCall ? format : null, parse_errors: [] };
}
