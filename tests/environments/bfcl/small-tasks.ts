import type { MultiTurnTask } from "../../../src/environments/bfcl/data/types.ts";
import type { EngineContext } from "../../../src/environments/bfcl/engine.ts";
import { MultiTurnEpisode } from "../../../src/environments/bfcl/multi-turn/episode.ts";
import { parseParams } from "../../../src/environments/bfcl/params.ts";
import { PromptBook } from "../../../src/environments/bfcl/prompt.ts";
import { PyDateTime } from "../../../src/environments/bfcl/python/datetime.ts";
import { loads } from "../../../src/environments/bfcl/python/json.ts";
import { PyDict } from "../../../src/environments/bfcl/python/values.ts";
import type { JsonObject, Message } from "../../../src/protocol/messages.ts";

/** A few tasks of our own, so that episodes can be tested where the official data is not at hand. */

const TODAY = PyDateTime.fromTimestamp(1_760_000_000);
export const CONTEXT: EngineContext = { longContext: new Map(), today: () => TODAY };

export function dict(json: string): PyDict {
  const value = loads(json);
  if (!(value instanceof PyDict)) throw new Error("not a dict");
  return value;
}

function doc(name: string, properties: string, required: string): PyDict {
  return dict(
    `{"name": "${name}", "description": "What ${name} does.", "parameters": {"type": "dict", "properties": ${properties}, "required": ${required}}}`,
  );
}

const TOUCH = doc("touch", '{"file_name": {"type": "string", "description": "The file."}}', '["file_name"]');
const LS = doc("ls", '{"a": {"type": "boolean", "description": "All of them.", "default": false}}', "[]");
const CAT = doc("cat", '{"file_name": {"type": "string", "description": "The file."}}', '["file_name"]');

const FILES =
  '{"GorillaFileSystem": {"root": {"home": {"type": "directory", "contents": {"note.txt": {"type": "file", "content": "alpha"}}}}}}';

function user(content: string): Message {
  return { role: "user", content };
}

function task(
  id: string,
  more: Partial<MultiTurnTask> & Pick<MultiTurnTask, "question" | "ground_truth">,
): MultiTurnTask {
  return {
    id,
    category: id.slice(0, id.lastIndexOf("_")),
    kind: "multi_turn",
    source_index: 900,
    initial_config: dict(FILES),
    involved_classes: ["GorillaFileSystem"],
    functions: [TOUCH, LS, CAT],
    missed_function: new Map(),
    ...more,
  };
}

export const TWO_TURNS = task("multi_turn_base_900", {
  question: [[user("Make a.txt.")], [user("What does the note say?")]],
  ground_truth: [["touch(file_name='a.txt')"], ["cat('note.txt')"]],
});

/** `cat` comes at the second turn, which has no words of the user. */
export const HELD_OUT = task("multi_turn_miss_func_900", {
  question: [[user("What does the note say?")], [], [user("And make b.txt.")]],
  ground_truth: [[], ["cat(file_name='note.txt')"], ["touch(file_name='b.txt')"]],
  functions: [TOUCH, LS],
  missed_function: new Map([[1, [CAT]]]),
});

export function episode(of: MultiTurnTask, params: JsonObject = {}): MultiTurnEpisode {
  return new MultiTurnEpisode(of, parseParams(params), CONTEXT, new PromptBook());
}

export function hermes(name: string, args: JsonObject): Message {
  return { role: "assistant", content: `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>` };
}

export const END_TURN: Message = { role: "assistant", content: "Done." };
