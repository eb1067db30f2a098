import type { Message } from "../../../protocol/messages.ts";
import { withoutThinking } from "../../bfcl/actions/think.ts";
import { strip } from "../../bfcl/python/strings.ts";
import type { ReadAction } from "./read-action.ts";

/** An action as the text that the original's environment is given. */
export interface StrictAction {
  readonly text: string;
  readonly valid: boolean;
  readonly errors: readonly string[];
}

const OPEN = "<action>";
const CLOSE = "</action>";
/** Characters from the end that verl-agent takes for the action of a message without its tags. */
const TAIL = 20;
const CHINESE = /[\u4e00-\u9fff]/;

/** The whole message is the action, as in the original; a tool call is written as the original would be given it. */
export function strictAction(message: Message, read: ReadAction): StrictAction {
  if (read.format === "tool_calls" || read.format === "hermes") {
    const text = read.call === null ? "" : `${read.call.name}[${read.call.argument}]`;
    return { text, valid: read.call !== null, errors: read.errors };
  }
  return { text: strip(withoutThinking(message.content ?? ""), null, true, true), valid: true, errors: [] };
}

/** As verl-agent reads a message: in lower case, what stands in the first `<action>` tags; valid only with `<think>` tags. */
export function strictVerlAgentAction(message: Message): StrictAction {
  const content = message.content ?? "";
  const lower = content.toLowerCase();
  const open = lower.indexOf(OPEN);
  const close = lower.indexOf(CLOSE);
  if (open === -1 || close === -1) {
    return { text: lower.slice(-TAIL), valid: false, errors: ["the message has no <action>...</action>"] };
  }
  const errors: string[] = [];
  if (!content.includes("<think>") || !content.includes("</think>"))
    errors.push("the message has no <think>...</think>");
  if (CHINESE.test(content)) errors.push("the message has Chinese characters");
  const text = strip(lower.slice(open + OPEN.length, close), null, true, true);
  return { text, valid: errors.length === 0, errors };
}
