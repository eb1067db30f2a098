import type { Message } from "../../../protocol/messages.ts";
import type { ActionFormat } from "../actions/action.ts";

/** The result of one call, or the error that stands in its place. */
export interface ToolResult {
  readonly id: string | null;
  readonly content: string;
}

/**
 * The messages that bring results back: `tool` messages to `tool_calls`; otherwise one user message with the text that
 * the Qwen3 chat template makes of consecutive tool messages, byte for byte.
 */
export function resultMessages(format: ActionFormat, results: readonly ToolResult[]): Message[] {
  if (format === "tool_calls") {
    return results.map(({ id, content }) => ({ role: "tool", tool_call_id: id ?? "", content }));
  }
  const texts = results.map(({ content }) => `<tool_response>\n${content}\n</tool_response>`);
  return [{ role: "user", content: texts.join("\n") }];
}

/** What the model reads in place of a result when its call could not be read. */
export function malformedText(message: string): string {
  return `Error during parsing: ${message}. Nothing was run for this call; write it again.`;
}
