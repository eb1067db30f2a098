import { ProtocolError } from "../../protocol/errors.ts";
import type { EndReason, JsonObject, Message, RewardParts, Tool } from "../../protocol/messages.ts";
import { resultMessages } from "../bfcl/multi-turn/tool-results.ts";
import type { Episode, EpisodeScore, EpisodeStep } from "../environment.ts";
import { MOST_ACTION_CHARS, type ReadAction, readAction } from "./actions/read-action.ts";
import { type StrictAction, strictAction, strictVerlAgentAction } from "./actions/strict-action.ts";
import { SHOP_TOOLS } from "./actions/tools.ts";
import { ObservationLog } from "./engine/observation-log.ts";
import { type ActionResult, Session } from "./engine/session.ts";
import { type Shop, ShopCrash } from "./engine/shop.ts";
import { Draws } from "./goals/draws.ts";
import type { ShopParams } from "./params.ts";
import { SYSTEM_PROMPTS } from "./prompts/chat.ts";
import { nothingHappened, whatCanBeDone } from "./prompts/notices.ts";
import { actionList, availableActions, capped } from "./prompts/page-text.ts";
import { VERL_AGENT_SHA256, VerlAgentPrompt } from "./prompts/verl-agent.ts";
import { protocolOf } from "./protocols.ts";
import { scoreOf } from "./score.ts";
import type { ShopTask } from "./tasks/goal-lists.ts";

export interface EpisodeSetup {
  readonly task: ShopTask;
  readonly params: ShopParams;
  readonly shop: Shop;
  /** What the nouns of product names come from. */
  readonly nouns: string;
  /** Of the stream that the search for random products draws from. */
  readonly seed: number;
}

/** What an action did, and what the model is to read of it. */
interface Outcome {
  readonly result: ActionResult | null;
  /** The action as the original would be given it. */
  readonly text: string;
  readonly errors: readonly string[];
  readonly valid: boolean;
  /** Why nothing happened, where the model is told so: in the page's place or, where a message has to be whole by itself, above it. */
  readonly reason: string | null;
}

/**
 * One visit to the shop. It ends with the purchase (completed) or at the limit of actions (force_quit).
 *
 * Invariants:
 * 1. A message is one action, whatever it holds; one that does nothing is still one of the limit.
 * 2. The reward of every step is 0 but the purchase's, which is what `evaluate` says from then on.
 * 3. All randomness is the seeded stream, which only the search for random products draws from.
 */
export class WebShopEpisode implements Episode {
  readonly state: Message[];
  readonly tools: readonly Tool[] = SHOP_TOOLS;
  readonly info: JsonObject;
  readonly prompt_sha256: string | null;

  readonly #task: ShopTask;
  readonly #params: ShopParams;
  readonly #shop: Shop;
  readonly #session: Session;
  readonly #log: ObservationLog;
  readonly #verlAgent: VerlAgentPrompt | null;
  #steps = 0;
  #ended: EndReason | null = null;

  constructor({ task, params, shop, nouns, seed }: EpisodeSetup) {
    const { goal } = task;
    this.#task = task;
    this.#params = params;
    this.#shop = shop;
    const draws = new Draws(seed);
    this.#session = new Session(shop, {
      sessionId: String(task.number),
      goal,
      goalNouns: shop.store.nouns(goal.product),
      priceOf: task.priceOf,
      showAttributes: params.show_attrs,
      sample: (count, wanted) => draws.sample(count, wanted),
    });
    this.#log = new ObservationLog({ observations: params.num_prev_obs, actions: params.num_prev_actions });
    this.#verlAgent =
      params.prompt === "verl-agent" ? new VerlAgentPrompt(goal.instruction, params.history_length) : null;
    const page = this.#page();
    this.#log.start(page);
    const actions = availableActions(this.#session);
    const first: Message = {
      role: "user",
      content: this.#verlAgent?.first({ page, notice: null, actions }) ?? this.#withActions(page, actions),
    };
    const system = SYSTEM_PROMPTS[params.tool_prompt];
    this.state = params.prompt === "chat" ? [{ role: "system", content: system.content }, first] : [first];
    this.prompt_sha256 = params.prompt === "none" ? null : params.prompt === "chat" ? system.sha256 : VERL_AGENT_SHA256;
    this.info = {
      protocol: task.protocol,
      goal: task.number,
      category: goal.category,
      instruction: goal.instruction,
      step_limit: params.step_limit,
      nouns,
      page: this.#session.pageName,
      available_actions: actions,
    };
    this.#session.rest();
  }

  step(action: Message): EpisodeStep {
    if (this.#ended !== null) throw new ProtocolError("instance_terminated", "the episode is over");
    const read = readAction(action, this.#params.action_format);
    const outcome = this.#params.strict ? this.#runStrictly(action, read) : this.#run(read);
    this.#steps++;
    const { step_limit } = this.#params;
    if (outcome.result?.done === true) this.#ended = "completed";
    else if (step_limit !== null && this.#steps >= step_limit) this.#ended = "force_quit";
    const { errors, valid } = outcome;
    const actions = availableActions(this.#session);
    const step: EpisodeStep = {
      state: this.#messages(read, this.#observation(outcome, actions)),
      reward: this.#ended === "completed" ? this.#score().reward : 0,
      end_reason: this.#ended,
      action: { valid, format: read.format, parse_errors: [...errors] },
      ...(this.#ended === null ? {} : { reward_parts: this.#score().parts }),
      info: this.#where(actions),
    };
    this.#session.rest();
    return step;
  }

  evaluate(): EpisodeScore {
    const { reward, success, verdict, parts } = this.#score();
    return { reward, success, verdict, reward_parts: parts };
  }

  /** Where the visit is, and the page in the mode that `{"observation": MODE}` names. */
  inspect(query: JsonObject): JsonObject {
    const { observation = this.#params.observation } = query;
    const modes = ["text", "text_rich", "html", "url"] as const;
    const mode = modes.find((each) => each === observation);
    if (mode === undefined) {
      throw new ProtocolError(
        "bad_request",
        `observation is one of ${modes.join(", ")}, not ${JSON.stringify(observation)}`,
      );
    }
    const { url, goal } = this.#session;
    return {
      ...this.#where(availableActions(this.#session)),
      steps_taken: this.#steps,
      url,
      instruction: goal.instruction,
      observation: this.#session.observe(mode),
    };
  }

  #run(read: ReadAction): Outcome {
    const { call, errors } = read;
    if (call === null) {
      const reason = errors[0] ?? "the message has no action";
      return { result: null, text: "", errors, valid: false, reason };
    }
    const { name, argument } = call;
    const text = `${name}[${argument}]`;
    const reason = this.#whyNot(name, argument);
    try {
      const result = this.#session.perform(name, this.#target(name, argument));
      if (result.acted) return { result, text, errors, valid: errors.length === 0, reason: null };
      return { result, text, errors: [...errors, reason], valid: false, reason };
    } catch (error) {
      return this.#crashed(error, text, errors);
    }
  }

  #runStrictly(message: Message, read: ReadAction): Outcome {
    const { text, valid, errors }: StrictAction =
      this.#task.protocol === "verl-agent" && read.format !== "tool_calls"
        ? strictVerlAgentAction(message)
        : strictAction(message, read);
    if (text.length > MOST_ACTION_CHARS) {
      const error = `the action is longer than ${MOST_ACTION_CHARS} characters`;
      return { result: null, text: "", errors: [...errors, error], valid: false, reason: null };
    }
    try {
      const result = this.#session.act(text);
      return { result, text, errors, valid: valid && result.acted, reason: null };
    } catch (error) {
      return this.#crashed(error, text, errors);
    }
  }

  /** Where the original's server fails, and with it its episode, the page stays and the model is told. */
  #crashed(error: unknown, text: string, errors: readonly string[]): Outcome {
    if (!(error instanceof ShopCrash)) throw error;
    const reason = `the shop has an error with ${text} (${error.python})`;
    return { result: null, text, errors: [...errors, reason], valid: false, reason };
  }

  /** What is meant by a click: the text as it is or, where nothing has that, without quotes around it. */
  #target(name: "search" | "click", argument: string): string {
    const { clickables } = this.#session;
    const unquoted = /^(["'`])(.*)\1$/s.exec(argument)?.[2];
    if (name === "search" || unquoted === undefined || clickables.has(argument.toLowerCase())) return argument;
    return unquoted;
  }

  #whyNot(name: "search" | "click", argument: string): string {
    if (name === "search") return "a search needs words: search[words]";
    if (argument.toLowerCase() === "search") return "to search, write search[words] with what you look for";
    return `there is no "${argument}" to click`;
  }

  #page(): string {
    return capped(this.#session.observe(this.#params.observation), this.#params.max_observation_chars);
  }

  #observation({ text, reason }: Outcome, actions: readonly string[]): string {
    const notice = reason === null ? null : nothingHappened(reason);
    if (this.#verlAgent !== null) return this.#verlAgent.next(text, { page: this.#page(), notice, actions });
    if (notice !== null && this.#params.prompt === "chat") return this.#log.next(text, notice + whatCanBeDone(actions));
    const page = notice === null ? this.#page() : `${notice}\n\n${this.#page()}`;
    return this.#withActions(this.#log.next(text, page), actions);
  }

  #withActions(page: string, actions: readonly string[]): string {
    return this.#params.available_actions ? `${page}${actionList(actions)}` : page;
  }

  #messages({ format, toolCallIds }: ReadAction, content: string): Message[] {
    if (format === "tool_calls") {
      const ignored = "This call was not run: send one call a message.";
      return resultMessages(
        format,
        toolCallIds.map((id, at) => ({ id, content: at === 0 ? content : ignored })),
      );
    }
    return format === "hermes" ? resultMessages(format, [{ id: null, content }]) : [{ role: "user", content }];
  }

  #where(available_actions: string[]): JsonObject {
    const { store } = this.#shop;
    const { pageName, product, options } = this.#session;
    return {
      page: pageName,
      asin: product === null ? null : store.product(product).asin,
      options: Object.fromEntries(options),
      available_actions,
    };
  }

  #score(): { reward: number; success: boolean; verdict: JsonObject; parts: RewardParts } {
    const { purchase } = this.#session;
    const asin = purchase === null ? null : this.#shop.store.product(purchase.product).asin;
    const price = purchase === null ? null : this.#task.priceOf(purchase.product);
    return scoreOf(
      purchase && { ...purchase, asin, price },
      this.#params.reward,
      protocolOf(this.#task.protocol).scale,
    );
  }
}
