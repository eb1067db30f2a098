import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Message, Tool } from "../../protocol/messages.ts";
import { encodedOnce } from "../../protocol/msgpack-writer.ts";
import { toOpenAiTool, toolJson } from "./data/tools.ts";
import type { BfclTask } from "./data/types.ts";
import type { BfclParams } from "./params.ts";
import type { PyDict } from "./python/values.ts";

type ToolPrompt = BfclParams["tool_prompt"];

const INTRODUCTION = [
  "You help a user by calling functions. The user speaks in one or more turns.",
  "In each turn call whatever the request needs, in as many messages as it takes; the result of every call comes back before your next message.",
  "Work with what the functions and the conversation tell you: when a needed function or a needed value is missing, say so instead of guessing.",
  "A message without a call ends your turn, so write one only when the request is done or cannot be done.",
].join(" ");

const SINGLE_TURN_INTRODUCTION = [
  "You help a user by calling functions. You answer with one message, which holds every call that the request needs.",
  "When none of the functions fits the request, or a value that a function needs is missing, say so instead of guessing and call nothing.",
].join(" ");

const SOURCE_FORM =
  "To call a function, answer with nothing but the call in brackets, its arguments named and their values in the language of the function, for example [firstName(key=value, other=2)].";

const PYTHON_FORM =
  'To call functions, answer with nothing but a Python list of calls, for example [first_name(key="value", other=2), second_name()].';

const HELD_OUT_FUNCTIONS =
  "More functions are available from now on. Use them together with the earlier ones, and go on with what was asked.";

/** Characters of system messages that are kept: all of the multi-turn categories in one form, or a few hundred tasks of one turn. */
const KEPT_CHARACTERS = 4 * 2 ** 20;
/** Functions whose tool and text are kept: those of all classes, and more for tasks that bring their own. */
const KEPT_FUNCTIONS = 1024;

/** A system message with the tools that it offers. Made once for all tasks with the same functions: never changed. */
export interface SystemPrompt {
  readonly content: string;
  readonly sha256: string;
  readonly tools: readonly Tool[];
}

/**
 * Makes system messages. What it made last is kept: a prompt is 10 to 40 KB of text, and thousands of live instances share
 * a few of them. Not all of it, since a task of one turn has a prompt of its own.
 */
export class PromptBook {
  readonly #prompts = new LRUCache<string, SystemPrompt>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: ({ content }) => content.length,
  });
  readonly #tools = new LRUCache<PyDict, Tool>({
    max: KEPT_FUNCTIONS,
    memoMethod: (doc) => encodedOnce(deepFreeze(toOpenAiTool(doc))),
  });
  readonly #texts = new LRUCache<PyDict, string>({ max: KEPT_FUNCTIONS, memoMethod: toolJson });

  systemPrompt(task: BfclTask, form: ToolPrompt): SystemPrompt {
    const key = promptKey(task, form);
    const known = this.#prompts.get(key);
    if (known !== undefined) return known;
    const prompt = this.#prompt(this.#content(task, form), task.functions);
    this.#prompts.set(key, prompt);
    return prompt;
  }

  /** A system message with texts of one instance, such as what its memory holds: made anew for each. */
  compose(texts: readonly string[], docs: readonly PyDict[], form: ToolPrompt): SystemPrompt {
    return this.#prompt([INTRODUCTION, ...texts, ...this.#toolSection(docs, form)].join("\n\n"), docs);
  }

  #prompt(content: string, docs: readonly PyDict[]): SystemPrompt {
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { content, sha256, tools: docs.map((doc) => this.tool(doc)) };
  }

  /** A function as an OpenAI tool; the instances of a time get the same frozen object. */
  tool(doc: PyDict): Tool {
    return this.#tools.memo(doc);
  }

  /**
   * The user message that hands over functions in the middle of an episode. It carries them in every form, `none` too:
   * a template that put them into the system message would change tokens that the model has already seen.
   */
  heldOutMessage(docs: readonly PyDict[]): Message {
    return { role: "user", content: `${HELD_OUT_FUNCTIONS}\n<tools>\n${this.toolLines(docs)}\n</tools>` };
  }

  /** Functions as text, one JSON object a line. */
  toolLines(docs: readonly PyDict[]): string {
    return docs.map((doc) => this.#text(doc)).join("\n");
  }

  /** Characters of the messages that an episode of this task begins with, in the default form. */
  promptChars(task: BfclTask): number {
    const said = (task.question[0] ?? []).filter((message) => message.role !== "system");
    // Multi-turn tasks share their prompts, and a prompt of their own is not kept for a row.
    const prompt =
      task.kind === "multi_turn" ? this.systemPrompt(task, "hermes").content : this.#content(task, "hermes");
    return said.reduce((sum, { content }) => sum + (content?.length ?? 0), prompt.length);
  }

  #content(task: BfclTask, form: ToolPrompt): string {
    if (task.kind !== "single_turn") {
      return [INTRODUCTION, ...systemMessages(task), ...this.#toolSection(task.functions, form)].join("\n\n");
    }
    // Format sensitivity is about the official prompt, so that is what stands there.
    const official = task.system_prompt;
    if (official !== undefined) return [official, ...systemMessages(task)].join("\n\n");
    const section = this.#toolSection(task.functions, form, task.language === "python" ? PYTHON_FORM : SOURCE_FORM);
    return [SINGLE_TURN_INTRODUCTION, ...systemMessages(task), ...section].join("\n\n");
  }

  /**
   * The tools of a system message, after the blank line that the template puts there. The Hermes form is what the Qwen3
   * chat template prints, byte for byte.
   */
  #toolSection(docs: readonly PyDict[], form: ToolPrompt, callForm = PYTHON_FORM): string[] {
    switch (form) {
      case "none":
        return [];
      case "python":
        return [callForm, `The functions, one JSON object a line:\n${this.toolLines(docs)}`];
      case "hermes":
        return docs.length === 0 ? [] : [hermesTools(this.toolLines(docs))];
    }
  }

  #text(doc: PyDict): string {
    return this.#texts.memo(doc);
  }
}

/** What decides a system message. Functions of a class are known by their names, those of a single-turn task by the task. */
function promptKey(task: BfclTask, form: ToolPrompt): string {
  const classes = task.kind === "multi_turn" ? task.involved_classes : [];
  const functions =
    task.kind === "single_turn" ? [task.id] : [...classes, ...task.functions.map((doc) => String(doc.get("name")))];
  return JSON.stringify([form, functions, systemMessages(task)]);
}

/** The part of a system message that offers tools, as the Qwen3 chat template prints it; `lines` are their JSON. */
export function hermesTools(lines: string): string {
  return (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n" +
    `You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n${lines}\n</tools>\n\n` +
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n" +
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
  );
}

/** System messages of the task itself; they join ours, since a conversation has one. */
function systemMessages(task: BfclTask): string[] {
  const messages = task.question[0] ?? [];
  return messages.flatMap(({ role, content }) => (role === "system" && content !== null ? [content] : []));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
