import { ProtocolError } from "../../../protocol/errors.ts";
import type { Json, JsonObject, Message, RewardParts, Tool } from "../../../protocol/messages.ts";
import type { Episode, EpisodeScore, EpisodeStep } from "../../environment.ts";
import type { SingleTurnTask } from "../data/types.ts";
import { CONVERSATION_COMPLETED } from "../multi-turn/episode.ts";
import type { BfclParams } from "../params.ts";
import type { PromptBook } from "../prompt.ts";
import { repr } from "../python/repr.ts";
import { PyDict, PyTuple, type PyValue } from "../python/values.ts";
import type { CheckOptions } from "./function-rule.ts";
import { judgeCalls, judgeRelevance } from "./judge.ts";
import { partialScore } from "./partial-score.ts";
import { type Answer, readAnswer } from "./read-answer.ts";
import type { RuleError, SingleTurnVerdict } from "./verdict.ts";

/** Until the model has said something its answer is wrong, where no call is wanted too. */
const NO_ANSWER: RuleError = { error_type: "single_turn:no_answer", error: ["The model has not answered."] };

/**
 * A single-turn episode: system and user messages, one answer, its verdict.
 *
 * Invariants:
 * 1. The first action ends it, whatever it holds.
 * 2. The judgement is made once, with the action, and `evaluate` tells it.
 */
export class SingleTurnEpisode implements Episode {
  readonly state: Message[];
  readonly tools: readonly Tool[];
  readonly info: JsonObject;
  readonly prompt_sha256: string;

  readonly #task: SingleTurnTask;
  readonly #params: BfclParams;
  readonly #prompts: PromptBook;
  #ended = false;
  #error: RuleError | null = NO_ANSWER;
  #dense = 0;

  constructor(task: SingleTurnTask, params: BfclParams, prompts: PromptBook) {
    this.#task = task;
    this.#params = params;
    this.#prompts = prompts;
    const prompt = prompts.systemPrompt(task, params.tool_prompt);
    const said = (task.question[0] ?? []).filter(({ role }) => role !== "system");
    this.state = [{ role: "system", content: prompt.content }, ...said.map((message) => ({ ...message }))];
    this.tools = prompt.tools;
    this.prompt_sha256 = prompt.sha256;
    this.info = {
      category: task.category,
      source_index: task.source_index,
      turns: 1,
      language: task.language,
      ...(task.format === undefined ? {} : { format: task.format.text }),
    };
  }

  step(action: Message): EpisodeStep {
    if (this.#ended) throw new ProtocolError("instance_terminated", "the episode is over");
    const answer = readAnswer(action, this.#task, this.#params);
    this.#judge(answer);
    this.#ended = true;
    return {
      state: [{ role: "user", content: CONVERSATION_COMPLETED }],
      reward: this.#reward(),
      end_reason: "completed",
      action: { valid: answer.parse_errors.length === 0, format: answer.format, parse_errors: answer.parse_errors },
      reward_parts: this.#parts(),
      info: { turn: 0, turns: 1, step_in_turn: 1 },
    };
  }

  evaluate(): EpisodeScore {
    const verdict = verdictOf(this.#error);
    return {
      reward: this.#reward(),
      success: verdict.valid,
      verdict: { ...verdict },
      reward_parts: this.#parts(),
    };
  }

  /** The functions as text, one JSON object a line. */
  inspect(_query: JsonObject): JsonObject {
    return {
      tools: this.#prompts.toolLines(this.#task.functions),
      turn: 0,
      turns: 1,
      step_in_turn: this.#ended ? 1 : 0,
    };
  }

  #judge({ decoded }: Answer): void {
    const { scored_by, language, schemas, possible_answer, shape } = this.#task;
    if (scored_by !== "ast") {
      this.#error = judgeRelevance(decoded, scored_by);
      this.#dense = this.#error === null ? 1 : 0;
      return;
    }
    const wanted = { functions: schemas, possible_answer, shape };
    // Tools are shown with underscores for dots, prompts in words with dots: both are the function's name.
    const options: CheckOptions = { language, names: "either", fixed: this.#params.compat === "fixed" };
    this.#error = judgeCalls(decoded, wanted, options);
    if (this.#error === null) this.#dense = 1;
    else if ("value" in decoded && Array.isArray(decoded.value)) {
      this.#dense = partialScore(decoded.value, wanted, options);
    }
  }

  #reward(): number {
    return this.#params.reward === "dense" ? this.#dense : this.#sparse();
  }

  #sparse(): number {
    return this.#error === null ? 1 : 0;
  }

  #parts(): RewardParts {
    return { sparse: this.#sparse(), dense: this.#dense };
  }
}

function verdictOf(error: RuleError | null): SingleTurnVerdict {
  if (error === null) return { valid: true, first_difference: null };
  return {
    valid: false,
    error_type: error.error_type,
    error: error.error.map(toJson),
    first_difference: { rule: error.error_type, what: inWords(error) },
  };
}

/** The first text of an error; of calls that fit no answer, what was wrong with each. */
function inWords({ error }: RuleError): string {
  const texts = error.flatMap((part) => {
    if (typeof part === "string") return [part];
    if (!(part instanceof PyDict)) return [];
    return Array.from(part.entries(), ([call, details]) => {
      const reasons = details instanceof PyDict ? details.get("sub_error") : undefined;
      return `${String(call)}: ${Array.isArray(reasons) ? reasons.map(String).join(" ") : ""}`;
    });
  });
  return texts.join(" ");
}

function toJson(value: PyValue): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof PyTuple) return value.items.map(toJson);
  if (value instanceof PyDict) {
    return Object.fromEntries(Array.from(value.entries(), ([key, item]) => [String(key), toJson(item)]));
  }
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : repr(value);
  return typeof value === "object" && value !== null ? repr(value) : value;
}
