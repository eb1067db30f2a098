import type { Message } from "../../../protocol/messages.ts";
import { type ActionItem, type FoundActions, malformed } from "./action.ts";
import { readArguments } from "./arguments.ts";

/** OpenAI's `tool_calls`. The id of each call is kept: its result answers it. */
export function findToolCalls(message: Message, text: string): FoundActions | null {
  const calls: unknown = message.tool_calls;
  if (!Array.isArray(calls) || calls.length === 0) return null;
  return { items: calls.map(readToolCall), text: text.trim() };
}

function readToolCall(call: unknown, index: number): ActionItem {
  const fields = asRecord(call);
  const id = typeof fields?.id === "string" ? fields.id : `call_${index}`;
  const fn = asRecord(fields?.function);
  const name = fn?.name;
  if (fn === null || typeof name !== "string" || name === "") return malformed("the call has no function name", id);
  const given = fn.arguments;
  // An object in place of the JSON text can only come from a client that parsed it: its numbers have lost int and float.
  const text = typeof given === "string" ? given : JSON.stringify(given ?? {});
  const read = readArguments(text);
  if (!read.ok) return malformed(`${name}: ${read.message}`, id);
  return { kind: "call", name, args: [], kwargs: read.kwargs, id };
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
}
