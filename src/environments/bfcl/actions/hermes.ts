import { PyDict } from "../python/values.ts";
import { type ActionItem, type FoundActions, malformed } from "./action.ts";
import { readArguments, readJson } from "./arguments.ts";

const OPEN = "<tool_call>";
const CLOSE = "</tool_call>";

/**
 * The `<tool_call>{"name": ..., "arguments": {...}}</tool_call>` blocks of Hermes and Qwen, in order. A block that can't be
 * read is an item of its own, never silence: dropped silently it would count as the end of the turn.
 */
export function findHermesCalls(content: string): FoundActions | null {
  let open = content.indexOf(OPEN);
  if (open === -1) return null;
  const items: ActionItem[] = [];
  let text = "";
  let from = 0;
  while (open !== -1) {
    text += content.slice(from, open);
    const start = open + OPEN.length;
    const close = content.indexOf(CLOSE, start);
    if (close === -1) {
      items.push(malformed("a <tool_call> was opened and never closed", null, "skipped"));
      return { items, text: text.trim() };
    }
    items.push(readBlock(content.slice(start, close).trim()));
    from = close + CLOSE.length;
    open = content.indexOf(OPEN, from);
  }
  return { items, text: (text + content.slice(from)).trim() };
}

function readBlock(body: string): ActionItem {
  const read = readJson(body);
  if (!read.ok) return malformed(`the text of a <tool_call> is not valid JSON: ${read.message}`, null, "skipped");
  const call = read.value;
  if (!(call instanceof PyDict)) return malformed("the text of a <tool_call> must be a JSON object");
  const name = call.get("name");
  if (typeof name !== "string" || name === "") return malformed('a <tool_call> has no "name"');
  const given = call.get("arguments");
  if (given === undefined) return malformed(`${name}: the <tool_call> has no "arguments"`);
  const args = readArguments(given);
  if (!args.ok) return malformed(`${name}: ${args.message}`);
  return { kind: "call", name, args: [], kwargs: args.kwargs, id: null };
}
