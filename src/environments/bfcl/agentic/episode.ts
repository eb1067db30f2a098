import { ProtocolError } from "../../../protocol/errors.ts";
import type { EndReason, JsonObject, Message, Tool } from "../../../protocol/messages.ts";
import { type MaybePromise, whenSettled } from "../../../util/maybe-promise.ts";
import type { Episode, EpisodeScore, EpisodeStep } from "../../environment.ts";
import type { ActionCall, ActionItem } from "../actions/action.ts";
import { itemsToRun } from "../actions/items-to-run.ts";
import { parseAction } from "../actions/parse-action.ts";
import { withoutThinking } from "../actions/think.ts";
import type { AgenticTask } from "../data/types.ts";
import { CONVERSATION_COMPLETED, MAX_STEPS_PER_TURN } from "../multi-turn/episode.ts";
import { malformedText, resultMessages, type ToolResult } from "../multi-turn/tool-results.ts";
import type { BfclParams } from "../params.ts";
import type { PromptBook } from "../prompt.ts";
import { agenticTexts } from "./texts.ts";

/** What a kind of agentic task brings to the loop. */
export interface AgenticTools {
  /** What the system message shows of a memory. */
  readonly memory: string;
  /** More for the `info` of create. */
  readonly info: JsonObject;
  /** Runs the calls of one message, in order. Never rejects for what a model wrote. */
  run(calls: readonly ActionCall[]): MaybePromise<readonly string[]>;
  /** The score of an episode. `response`: the message that ended the last turn, null before that. */
  score(response: string | null, isOver: boolean): EpisodeScore;
  inspect(query: JsonObject): JsonObject;
}

/**
 * An episode of the agentic categories, by the rules of the official inference loop: a message with calls is answered by
 * their results, one without ends the turn; after the last turn the message that ended it is the answer. The 21st message
 * with calls in a turn is run and then ends the episode (force_quit) without an answer.
 *
 * Invariants:
 * 1. What a step returns is only appended.
 * 2. `evaluate` changes nothing of the episode.
 */
export class AgenticEpisode implements Episode {
  readonly state: Message[];
  readonly tools: readonly Tool[];
  readonly info: JsonObject;
  readonly prompt_sha256: string;

  readonly #task: AgenticTask;
  readonly #params: BfclParams;
  readonly #prompts: PromptBook;
  readonly #tools: AgenticTools;
  #turn = 0;
  #stepsInTurn = 0;
  #response: string | null = null;
  #ended: EndReason | null = null;

  constructor(task: AgenticTask, params: BfclParams, prompts: PromptBook, tools: AgenticTools) {
    this.#task = task;
    this.#params = params;
    this.#prompts = prompts;
    this.#tools = tools;
    const prompt = prompts.compose(agenticTexts(task, tools.memory), task.functions, params.tool_prompt);
    this.state = [{ role: "system", content: prompt.content }, ...this.#opening()];
    this.tools = prompt.tools;
    this.prompt_sha256 = prompt.sha256;
    this.info = { category: task.category, source_index: task.source_index, turns: this.#total, ...tools.info };
  }

  step(action: Message): MaybePromise<EpisodeStep> {
    if (this.#ended !== null) throw new ProtocolError("instance_terminated", "the episode is over");
    const parsed = parseAction(action, this.#params.action_format);
    const items = itemsToRun(parsed, this.#params.loop);
    const { format, parse_errors } = parsed;
    const state =
      items.length === 0 || format === null
        ? this.#endTurn(action)
        : whenSettled(this.#run(items), (results) => resultMessages(format, results));
    return whenSettled(state, (messages) => {
      const score = this.#ended === null ? null : this.evaluate();
      return {
        state: messages,
        reward: score?.reward ?? 0,
        end_reason: this.#ended,
        action: { valid: parse_errors.length === 0, format, parse_errors },
        ...(score === null ? {} : { reward_parts: score.reward_parts }),
        info: { turn: this.#turn, turns: this.#total, step_in_turn: this.#stepsInTurn },
      };
    });
  }

  evaluate(): EpisodeScore {
    return this.#tools.score(this.#response, this.#ended !== null);
  }

  inspect(query: JsonObject): JsonObject {
    return {
      tools: this.#prompts.toolLines(this.#task.functions),
      turn: this.#turn,
      turns: this.#total,
      step_in_turn: this.#stepsInTurn,
      ...this.#tools.inspect(query),
    };
  }

  get #total(): number {
    return this.#task.question.length;
  }

  #run(items: readonly ActionItem[]): MaybePromise<ToolResult[]> {
    const calls = items.filter((item) => item.kind === "call");
    return whenSettled(this.#tools.run(calls), (contents) => {
      this.#stepsInTurn += 1;
      if (this.#stepsInTurn > MAX_STEPS_PER_TURN) this.#ended = "force_quit";
      const results = contents.values();
      return items.map((item) => ({
        id: item.id,
        content: item.kind === "call" ? (results.next().value ?? "") : malformedText(item.message),
      }));
    });
  }

  #endTurn(action: Message): Message[] {
    if (this.#turn + 1 >= this.#total) {
      this.#response = withoutThinking(action.content ?? "");
      this.#ended = "completed";
      return [{ role: "user", content: CONVERSATION_COMPLETED }];
    }
    this.#turn += 1;
    this.#stepsInTurn = 0;
    return this.#opening();
  }

  #opening(): Message[] {
    return (this.#task.question[this.#turn] ?? []).map((message) => ({ ...message }));
  }
}
