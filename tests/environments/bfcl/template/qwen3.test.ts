import { describe, expect, test } from "bun:test";
import type { MultiTurnTask } from "../../../../src/environments/bfcl/data/types.ts";
import { knownSolution } from "../../../../src/environments/bfcl/demo-policy.ts";
import { MultiTurnEpisode } from "../../../../src/environments/bfcl/multi-turn/episode.ts";
import { parseParams } from "../../../../src/environments/bfcl/params.ts";
import { PromptBook } from "../../../../src/environments/bfcl/prompt.ts";
import type { JsonObject, Message, Tool } from "../../../../src/protocol/messages.ts";
import { loadDataForTests, whyNoData } from "../../../parity/bfcl-data.ts";
import { askLines, whyNotOfficial } from "../official-process.ts";
import { multiTurnTasks } from "../random-calls.ts";
import { CONTEXT } from "../small-tasks.ts";

const missing = whyNotOfficial() ?? whyNoData();
const skipped = missing !== null && process.env.CI !== "true";

/** What the template puts at the end, for the model to go on from. */
const GENERATION = "<|im_start|>assistant\n";

interface Conversation {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
}

/** The prompts of conversations, in their order, as the official handler of Qwen3 renders the chat template. */
async function rendered(conversations: readonly Conversation[]): Promise<string[]> {
  if (missing !== null) throw new Error(missing);
  const lines = conversations.map((each) => JSON.stringify(each));
  return (await askLines(`${import.meta.dir}/qwen3_template.py`, lines)).map((line) => JSON.parse(line));
}

/** Plays the known solution and returns the conversation as it stood before each message of the model. */
function conversations(task: MultiTurnTask, params: JsonObject, form: (message: Message) => Message): Message[][] {
  const data = loadDataForTests();
  const context = { longContext: data.longContext, today: CONTEXT.today };
  const episode = new MultiTurnEpisode(task, parseParams(params), context, new PromptBook());
  let messages = [...episode.state];
  const states = [messages];
  for (const message of knownSolution(task)) {
    const said = form(message);
    messages = [...messages, said, ...episode.step(said).state];
    states.push(messages);
  }
  return states;
}

/** A message with `tool_calls`; a template wants a text beside them. */
const asToolCalls = (message: Message): Message => ({ ...message, content: message.content ?? "" });

/** The same message as a model writes it. */
function asText(message: Message): Message {
  const blocks = message.tool_calls?.map(
    ({ function: { name, arguments: args } }) => `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`,
  );
  return blocks === undefined ? message : { role: "assistant", content: blocks.join("\n") };
}

const thinking =
  (form: (message: Message) => Message) =>
  (message: Message): Message => {
    const said = form(message);
    return { ...said, content: `<think>\nWhat now?\n</think>\n\n${said.content}` };
  };

/** Tasks of five turns and more, some with several calls in a message, some with held-out functions. */
function longTasks(): MultiTurnTask[] {
  const tasks = multiTurnTasks(loadDataForTests()).filter(({ question }) => question.length >= 5);
  const several = tasks.filter(({ ground_truth }) => ground_truth.some((calls) => calls.length > 1));
  const heldOut = tasks.filter(({ missed_function }) => missed_function.size > 0);
  return [...several.slice(0, 10), ...heldOut.slice(0, 5)];
}

/** Without the generation prompt, which the next message takes the place of. */
const fixed = (prompt: string): string => prompt.slice(0, -GENERATION.length);

describe(`the Qwen3 chat template${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  const forms: [string, JsonObject, (message: Message) => Message][] = [
    ["text", {}, asText],
    ["tool calls", {}, asToolCalls],
    ["tools that the template renders", { tool_prompt: "none" }, asToolCalls],
  ];

  test.skipIf(skipped).each(forms)("keeps every prefix over five turns and more: %s", async (_, params, form) => {
    const tasks = longTasks();
    expect(tasks.length).toBe(15);
    const prompts = new PromptBook();
    const all = tasks.map((task) => ({
      tools: params.tool_prompt === "none" ? prompts.systemPrompt(task, "none").tools : [],
      states: conversations(task, params, form),
    }));
    const texts = await rendered(all.flatMap(({ states, tools }) => states.map((messages) => ({ messages, tools }))));
    let at = 0;
    for (const { states } of all) {
      const mine = texts.slice(at, at + states.length);
      at += states.length;
      for (const [index, text] of mine.entries()) {
        expect(text.endsWith(GENERATION)).toBe(true);
        if (index > 0) expect(text.startsWith(fixed(mine[index - 1] ?? ""))).toBe(true);
      }
    }
  });

  test.skipIf(skipped)(
    "makes the same text of tool messages as ours of results, one or several in a turn",
    async () => {
      const tasks = longTasks();
      const pairs = tasks.map(
        (task) => [conversations(task, {}, asToolCalls), conversations(task, {}, asText)] as const,
      );
      const last = (states: readonly Message[][]) => ({ messages: states.at(-1) ?? [], tools: [] });
      const tool = await rendered(pairs.map(([states]) => last(states)));
      const text = await rendered(pairs.map(([, states]) => last(states)));
      expect(text).toEqual(tool);
      const several = tool.filter((each) => each.includes("</tool_response>\n<tool_response>"));
      expect(several.length).toBeGreaterThan(3);
    },
  );

  test.skipIf(skipped)("makes of the tools in info the text that our system message has", async () => {
    // Over JSON a float of a schema loses its point, so tasks whose schemas have none are compared.
    const tasks = longTasks().filter(({ functions }) => !new PromptBook().toolLines(functions).includes(".0"));
    expect(tasks.length).toBeGreaterThan(3);
    const opening = (task: MultiTurnTask, tool_prompt: string) => conversations(task, { tool_prompt }, asText)[0] ?? [];
    const book = new PromptBook();
    const byTemplate = await rendered(
      tasks.map((task) => ({ messages: opening(task, "none"), tools: book.systemPrompt(task, "none").tools })),
    );
    const byUs = await rendered(tasks.map((task) => ({ messages: opening(task, "hermes"), tools: [] })));
    expect(byUs).toEqual(byTemplate);
  });

  test.skipIf(skipped)(
    "keeps what was thought within a turn; a new turn drops it, as the template has it",
    async () => {
      const [task] = longTasks();
      if (task === undefined) throw new Error("there is no task of five turns");
      const states = conversations(task, {}, thinking(asText));
      const texts = await rendered(states.map((messages) => ({ messages, tools: [] })));
      const isNewTurn = (messages: readonly Message[]) =>
        messages.at(-1)?.content?.startsWith("<tool_response>") === false;
      for (const [index, text] of texts.entries()) {
        if (index === 0) continue;
        const kept = text.startsWith(fixed(texts[index - 1] ?? ""));
        if (!isNewTurn(states[index] ?? [])) expect(kept).toBe(true);
        if (index >= 2 && isNewTurn(states[index] ?? [])) expect(kept).toBe(false);
      }
    },
  );
});
