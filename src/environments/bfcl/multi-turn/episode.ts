import { ProtocolError } from "../../../protocol/errors.ts";
import type { EndReason, JsonObject, Message, Tool } from "../../../protocol/messages.ts";
import type { Episode, EpisodeScore, EpisodeStep } from "../../environment.ts";
import type { ActionFormat, ActionItem } from "../actions/action.ts";
import { itemsToRun } from "../actions/items-to-run.ts";
import { parseAction } from "../actions/parse-action.ts";
import type { MultiTurnTask } from "../data/types.ts";
import { Engine, type EngineContext } from "../engine.ts";
import type { BfclParams } from "../params.ts";
import type { PromptBook } from "../prompt.ts";
import type { PyDict } from "../python/values.ts";
import { Judge, overall } from "./checker.ts";
import { episodeReward, rewardParts, type Scored } from "./reward.ts";
import { malformedText, resultMessages, type ToolResult } from "./tool-results.ts";
import { truthOf } from "./truth.ts";
import type { TurnVerdict } from "./verdict.ts";

/** Steps with calls that a turn may have; one more is run and then ends the episode, as in the official loop. */
export const MAX_STEPS_PER_TURN = 20;

/** Rewards that come when a turn is over; the others come at the end. */
const PAID_BY_TURN: ReadonlySet<BfclParams["reward"]> = new Set(["turn", "dense"]);

/** The user message after the last turn. */
export const CONVERSATION_COMPLETED = "[CONVERSATION_COMPLETED]";

/**
 * A multi-turn episode. States: in turn k, where each message with calls is answered by results; ended (completed after
 * the last turn, or force_quit). A message without calls ends the turn.
 *
 * Invariants:
 * 1. What a step returns is only appended: no message and no tool that was handed out changes later.
 * 2. `evaluate` looks at the live engine and changes nothing of it.
 * 3. The turns given to the checker are those that have begun, as the official loop records them: so an episode that is
 *    cut before its last turn is force_terminated, and one that is cut in it is judged by what it did.
 */
export class MultiTurnEpisode implements Episode {
  readonly state: Message[];
  readonly tools: readonly Tool[];
  readonly info: JsonObject;
  readonly prompt_sha256: string;

  readonly #task: MultiTurnTask;
  readonly #params: BfclParams;
  readonly #prompts: PromptBook;
  readonly #engine: Engine;
  readonly #judge: Judge;
  /** Verdicts on the turns that are over; the current one is judged when somebody asks. */
  readonly #verdicts: TurnVerdict[] = [];
  /** How much of each of them is right; only in `dense`. */
  readonly #shares: number[] = [];
  #stepsInTurn = 0;
  #callsInTurn = 0;
  #ended: EndReason | null = null;
  /** Sum of the rewards of the steps so far. */
  #paid = 0;

  constructor(task: MultiTurnTask, params: BfclParams, context: EngineContext, prompts: PromptBook) {
    this.#task = task;
    this.#params = params;
    this.#prompts = prompts;
    this.#engine = new Engine(task, context);
    this.#judge = new Judge(task, truthOf(task, context), { judgesEmptyTurns: params.compat === "fixed" });
    const prompt = prompts.systemPrompt(task, params.tool_prompt);
    const first = this.#opening(0);
    this.state = [{ role: "system", content: prompt.content }, ...first.messages];
    this.tools = [...prompt.tools, ...first.added];
    this.prompt_sha256 = prompt.sha256;
    this.info = {
      category: task.category,
      source_index: task.source_index,
      turns: this.#total,
      involved_classes: [...task.involved_classes],
    };
  }

  step(action: Message): EpisodeStep {
    if (this.#ended !== null) throw new ProtocolError("instance_terminated", "the episode is over");
    const parsed = parseAction(action, this.#params.action_format);
    const items = itemsToRun(parsed, this.#params.loop);
    const turn = this.#turn;
    const step = items.length === 0 || parsed.format === null ? this.#endTurn() : this.#run(parsed.format, items);
    // Only an end makes a reward due, and judging every step would cost more than running it.
    const due = this.#ended !== null || (PAID_BY_TURN.has(this.#params.reward) && this.#turn > turn);
    return {
      ...step,
      reward: due ? this.#pay() : 0,
      end_reason: this.#ended,
      action: { valid: parsed.parse_errors.length === 0, format: parsed.format, parse_errors: parsed.parse_errors },
      ...(this.#ended === null ? {} : { reward_parts: rewardParts(this.#scored()) }),
      info: { turn: this.#turn, turns: this.#total, step_in_turn: this.#stepsInTurn },
    };
  }

  evaluate(): EpisodeScore {
    const scored = this.#scored();
    return {
      reward: episodeReward(this.#params.reward, scored),
      success: scored.valid,
      verdict: { ...overall(this.#task, scored.turns.length, scored.turns) },
      reward_parts: rewardParts(scored),
    };
  }

  /** The functions that can be called now as text, one JSON object a line, and where the episode is. */
  inspect(_query: JsonObject): JsonObject {
    const begun = Array.from({ length: this.#turn + 1 }, (_, turn) => turn);
    const heldOut = begun.flatMap((turn) => this.#heldOut(turn));
    return {
      tools: this.#prompts.toolLines([...this.#task.functions, ...heldOut]),
      turn: this.#turn,
      turns: this.#total,
      step_in_turn: this.#stepsInTurn,
    };
  }

  /** Index of the current turn, which is the last one when the episode is over. */
  get #turn(): number {
    return this.#verdicts.length;
  }

  get #total(): number {
    return this.#task.question.length;
  }

  #run(format: ActionFormat, items: readonly ActionItem[]): Pick<EpisodeStep, "state"> {
    const results = items.map((item): ToolResult => {
      if (item.kind === "malformed") return { id: item.id, content: malformedText(item.message) };
      const content = this.#engine.runCall(item.name, item.args, item.kwargs);
      this.#judge.saw(content);
      this.#callsInTurn += 1;
      return { id: item.id, content };
    });
    this.#stepsInTurn += 1;
    if (this.#stepsInTurn > MAX_STEPS_PER_TURN) this.#ended = "force_quit";
    return { state: resultMessages(format, results) };
  }

  #endTurn(): Pick<EpisodeStep, "state" | "tools_added"> {
    if (this.#turn + 1 >= this.#total) {
      this.#ended = "completed";
      return { state: [{ role: "user", content: CONVERSATION_COMPLETED }] };
    }
    if (this.#isDense) this.#shares.push(this.#share());
    this.#verdicts.push(this.#judgeTurn());
    this.#stepsInTurn = 0;
    this.#callsInTurn = 0;
    const { messages, added } = this.#opening(this.#turn);
    return { state: messages, ...(added.length === 0 ? {} : { tools_added: added }) };
  }

  /** The messages that open a turn: functions that were held out until now, then what the user says. */
  #opening(turn: number): { messages: Message[]; added: Tool[] } {
    const docs = this.#heldOut(turn);
    const said = (this.#task.question[turn] ?? []).filter((message) => message.role !== "system");
    const messages = said.map((message) => ({ ...message }));
    if (docs.length === 0) return { messages, added: [] };
    return {
      messages: [this.#prompts.heldOutMessage(docs), ...messages],
      added: docs.map((doc) => this.#prompts.tool(doc)),
    };
  }

  #heldOut(turn: number): readonly PyDict[] {
    return this.#task.missed_function.get(turn) ?? [];
  }

  /** What the score has grown by since the last reward: so the rewards sum to the score. */
  #pay(): number {
    const reward = episodeReward(this.#params.reward, this.#scored()) - this.#paid;
    this.#paid += reward;
    return reward;
  }

  #scored(): Scored {
    const turns = [...this.#verdicts, this.#judgeTurn()];
    return {
      valid: overall(this.#task, turns.length, turns).valid,
      turns,
      shares: this.#isDense ? [...this.#shares, ...(this.#ended === null ? [] : [this.#share()])] : null,
      ended: this.#ended === null ? this.#turn : turns.length,
      total: this.#total,
    };
  }

  get #isDense(): boolean {
    return this.#params.reward === "dense";
  }

  #share(): number {
    return this.#judge.share(this.#turn, this.#callsInTurn === 0, this.#engine);
  }

  #judgeTurn(): TurnVerdict {
    return this.#judge.turn(this.#turn, this.#callsInTurn === 0, this.#engine);
  }
}
