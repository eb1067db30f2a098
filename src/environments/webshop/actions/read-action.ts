import type { Message } from "../../../protocol/messages.ts";
import { findHermesCalls } from "../../bfcl/actions/hermes.ts";
import { withoutThinking } from "../../bfcl/actions/think.ts";
import { findToolCalls } from "../../bfcl/actions/tool-calls.ts";
import { lastTextAction, type ShopCall } from "./text-action.ts";

export const ACTION_FORMATS = ["tool_calls", "hermes", "tags", "text"] as const;
export type ActionFormat = (typeof ACTION_FORMATS)[number];

/** An assistant message, read. Without a call nothing is done, and `errors` says why. */
export interface ReadAction {
  readonly format: ActionFormat | null;
  readonly call: ShopCall | null;
  readonly errors: readonly string[];
  /** Ids of all tool calls; the first one's is answered by the page, the others' were not run. */
  readonly toolCallIds: readonly string[];
}

const OPEN = "<action>";
const CLOSE = "</action>";

/** A model's message may be as long as the wire allows; no search or click needs more. */
export const MOST_ACTION_CHARS = 1000;

/**
 * Reads the action of a message in the form asked for, or in the first that it has anything of: `tool_calls`,
 * `<tool_call>` blocks, `<action>` tags, or the last `search[...]` or `click[...]` anywhere in the text.
 */
export function readAction(message: Message, format: ActionFormat | "auto"): ReadAction {
  const content = withoutThinking(message.content ?? "");
  for (const form of format === "auto" ? ACTION_FORMATS : [format]) {
    const found = find(form, message, content);
    if (found !== null) return bounded(found);
  }
  return {
    format: null,
    call: null,
    errors: ["the message has no action: write search[...] or click[...]"],
    toolCallIds: [],
  };
}

function find(form: ActionFormat, message: Message, content: string): ReadAction | null {
  switch (form) {
    case "tool_calls":
      return readCalls(form, findToolCalls(message, content)?.items);
    case "hermes":
      return readCalls(form, findHermesCalls(content)?.items);
    case "tags":
      return readTags(content);
    case "text": {
      const call = lastTextAction(content);
      return call && { format: form, call, errors: [], toolCallIds: [] };
    }
  }
}

type FoundItem = NonNullable<ReturnType<typeof findToolCalls>>["items"][number];

/** A page is one action away from the next: only the first call can have known what it asks for. */
function readCalls(format: "tool_calls" | "hermes", items: readonly FoundItem[] | undefined): ReadAction | null {
  const [first] = items ?? [];
  if (items === undefined || first === undefined) return null;
  const toolCallIds = format === "tool_calls" ? items.map(({ id }) => id ?? "") : [];
  const more = items.length > 1 ? [`only the first of ${items.length} calls was run`] : [];
  if (first.kind === "malformed") return { format, call: null, errors: [first.message, ...more], toolCallIds };
  const { name, kwargs } = first;
  if (name !== "search" && name !== "click") {
    return { format, call: null, errors: [`there is no tool "${name}": use search or click`, ...more], toolCallIds };
  }
  const wanted = name === "search" ? "query" : "target";
  const argument = kwargs.find(([key]) => key === wanted)?.[1] ?? (kwargs.length === 1 ? kwargs[0]?.[1] : undefined);
  if (typeof argument !== "string") {
    return { format, call: null, errors: [`${name} needs "${wanted}", a text`, ...more], toolCallIds };
  }
  return { format, call: { name, argument }, errors: more, toolCallIds };
}

function readTags(content: string): ReadAction | null {
  const open = content.lastIndexOf(OPEN);
  if (open === -1) return null;
  const start = open + OPEN.length;
  const close = content.indexOf(CLOSE, start);
  const call = lastTextAction(content.slice(start, close === -1 ? undefined : close));
  const errors = call === null ? ["the <action> tags hold neither search[...] nor click[...]"] : [];
  return { format: "tags", call, errors, toolCallIds: [] };
}

function bounded(read: ReadAction): ReadAction {
  if (read.call === null || read.call.argument.length <= MOST_ACTION_CHARS) return read;
  const error = `the text of ${read.call.name} is longer than ${MOST_ACTION_CHARS} characters`;
  return { ...read, call: null, errors: [...read.errors, error] };
}
