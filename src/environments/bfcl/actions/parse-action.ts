import type { Message } from "../../../protocol/messages.ts";
import {
  type ActionCall,
  type ActionFormat,
  type ActionItem,
  type FoundActions,
  MAX_CALLS_PER_MESSAGE,
  malformed,
} from "./action.ts";
import { findHermesCalls } from "./hermes.ts";
import { findPythonCalls } from "./python-calls.ts";
import { withoutThinking } from "./think.ts";
import { findToolCalls } from "./tool-calls.ts";
import { findXmlCalls } from "./xml.ts";

/** The order in which `auto` looks; the first form that the message has anything of is the only one read. */
const PRECEDENCE: readonly ActionFormat[] = ["tool_calls", "hermes", "xml", "python"];

/** An assistant message, read. */
export interface ParsedAction {
  /** Calls and what was meant as one, in the order of the message. */
  readonly items: readonly ActionItem[];
  /** The items that can be run. */
  readonly calls: readonly ActionCall[];
  /** What the model said beside its calls, without its thoughts. */
  readonly text: string;
  /** The form that was found, null for a message without an action. */
  readonly format: ActionFormat | null;
  readonly parse_errors: string[];
}

/** Reads the calls of an assistant message in the form that `params.action_format` names, or in the first that fits. */
export function parseAction(message: Message, format: ActionFormat | "auto"): ParsedAction {
  const content = withoutThinking(message.content ?? "");
  for (const form of format === "auto" ? PRECEDENCE : [format]) {
    const found = find(form, message, content);
    if (found !== null) return parsed(form, found);
  }
  return { items: [], calls: [], text: content.trim(), format: null, parse_errors: [] };
}

function find(form: ActionFormat, message: Message, content: string): FoundActions | null {
  switch (form) {
    case "tool_calls":
      return findToolCalls(message, content);
    case "hermes":
      return findHermesCalls(content);
    case "xml":
      return findXmlCalls(content);
    case "python":
      return findPythonCalls(content);
  }
}

function parsed(format: ActionFormat, found: FoundActions): ParsedAction {
  const items: ActionItem[] = found.items.map((item, index) =>
    index < MAX_CALLS_PER_MESSAGE
      ? item
      : malformed(`a message may hold ${MAX_CALLS_PER_MESSAGE} calls; the ones after that were not run`, item.id),
  );
  // Chat templates need an answer for each tool_call id, so that form keeps its items; a textual form needs one word.
  if (format !== "tool_calls") items.length = Math.min(items.length, MAX_CALLS_PER_MESSAGE + 1);
  return {
    items,
    calls: items.filter((item) => item.kind === "call"),
    text: found.text,
    format,
    parse_errors: items.flatMap((item) => (item.kind === "malformed" ? [item.message] : [])),
  };
}
