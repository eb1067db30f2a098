import type { JsonObject, Message, ToolCall } from "../../protocol/messages.ts";
import { apiDefinition } from "./apis/classes.ts";
import type { BfclTask, MultiTurnTask, SingleTurnTask } from "./data/types.ts";
import { formatted } from "./formats/write-calls.ts";
import { emptyMemory } from "./memory/snapshot.ts";
import { dumps } from "./python/json.ts";
import { parseCall } from "./python/parse.ts";
import { PyDict } from "./python/values.ts";
import { groundTruthCalls } from "./single-turn/ground-truth.ts";

const END_OF_TURN: Message = { role: "assistant", content: "Done." };

/** The messages of a policy that knows the answers, for a task of any kind. Played in order they earn its full reward. */
export function knownSolution(task: BfclTask): Message[] {
  switch (task.kind) {
    case "multi_turn":
      return groundTruthMessages(task);
    case "single_turn":
      return [groundTruthAnswer(task)];
    case "memory":
    case "web_search": {
      const answer: Message = { role: "assistant", content: `{'answer': '${task.answers?.[0] ?? ""}', 'context': ''}` };
      return task.answers === null ? task.question.map(() => END_OF_TURN) : [answer];
    }
  }
}

/** What a create of a task needs for that: a memory, whatever is in it. */
export function knownParams(task: BfclTask): JsonObject {
  return task.kind === "memory" && task.prerequisites.length > 0 ? { memory: emptyMemory(task.backend) } : {};
}

/** One message with all calls of a single-turn task, or one in words where none is wanted. */
function groundTruthAnswer(task: SingleTurnTask): Message {
  const calls = groundTruthCalls(task);
  if (task.format !== undefined) return { role: "assistant", content: formatted(calls, task.format) };
  if (calls.length === 0) return { role: "assistant", content: "None of the functions can do that." };
  const tool_calls = calls.flatMap((call, index) =>
    Array.from(
      call.entries(),
      ([name, args]): ToolCall => ({
        id: `call_${index}`,
        type: "function",
        function: { name: String(name), arguments: dumps(args) },
      }),
    ),
  );
  return { role: "assistant", content: null, tool_calls };
}

/**
 * The messages of a policy that knows the answers: in each turn all calls of the ground truth at once, then a word that
 * ends the turn. Played in order they earn the full reward of any multi-turn task.
 */
export function groundTruthMessages(task: MultiTurnTask): Message[] {
  return task.ground_truth.flatMap((calls, turn) => {
    if (calls.length === 0) return [END_OF_TURN];
    const tool_calls = calls.map((call, index) => toToolCall(task, call, `call_${turn}_${index}`));
    return [{ role: "assistant", content: null, tool_calls }, END_OF_TURN];
  });
}

/** Call text as an OpenAI tool call: positional arguments get the names of their parameters. */
function toToolCall(task: MultiTurnTask, text: string, id: string): ToolCall {
  const { name, args, kwargs } = parseCall(text);
  const parameters = parameterNames(task, name);
  const named = new PyDict();
  for (const [index, value] of args.entries()) {
    const parameter = parameters[index];
    if (parameter === undefined) throw new Error(`${task.id}: ${text} has more arguments than ${name} has parameters`);
    named.set(parameter, value);
  }
  for (const [key, value] of kwargs) named.set(key, value);
  return { id, type: "function", function: { name, arguments: dumps(named) } };
}

function parameterNames(task: MultiTurnTask, method: string): readonly string[] {
  for (const className of [...task.involved_classes].reverse()) {
    const signature = apiDefinition(className).methods.get(method);
    if (signature !== undefined) return signature.names;
  }
  throw new Error(`${task.id}: no involved class has ${method}`);
}
