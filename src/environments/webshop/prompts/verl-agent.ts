import { createHash } from "node:crypto";

const SEPARATOR = " [SEP] ";
/** Above this many characters verl-agent leaves the history out. */
const MOST_CHARS = 13_000;

const OPENING = "You are an agent that shops in the WebShop online store.";
const CLOSING = [
  "Choose one action for this step.",
  "Reason first, step by step, about where you are and which of the actions brings the purchase closer, inside <think> </think> tags.",
  "Then write the action that you choose inside <action> </action> tags.",
].join("\n");

/** sha256 of the fixed text of this prompt. */
export const VERL_AGENT_SHA256 = createHash("sha256").update(`${OPENING}\n${CLOSING}`).digest("hex");

/** What a step shows: the page, why nothing happened (or null), and what can be done. */
export interface Shown {
  readonly page: string;
  readonly notice: string | null;
  readonly actions: readonly string[];
}

interface PastStep {
  readonly observation: string;
  readonly action: string;
}

/**
 * The prompt in verl-agent's form, our own words in it: every message is whole by itself, with the task, the last
 * steps, the page and what can be done, so a trainer may send it alone.
 */
export class VerlAgentPrompt {
  readonly #task: string;
  readonly #length: number;
  #past: readonly PastStep[] = [];
  #observation = "";
  #steps = 0;

  constructor(task: string, historyLength: number) {
    this.#task = task;
    this.#length = historyLength;
  }

  first({ page, actions }: Shown): string {
    this.#observation = quoted(page);
    return this.#withoutHistory(actions);
  }

  /** The message after an action. */
  next(action: string, { page, notice, actions }: Shown): string {
    this.#steps++;
    const kept = [...this.#past, { observation: this.#observation, action }];
    this.#past = this.#length === 0 ? [] : kept.slice(-this.#length);
    this.#observation = notice === null ? quoted(page) : `${notice} ${quoted(page)}`;
    const first = this.#steps - this.#past.length + 1;
    const history = this.#past.map(
      (step, at) => `[Observation ${first + at}: '${step.observation}', Action ${first + at}: '${step.action}']`,
    );
    const whole = [
      OPENING,
      `Your task: ${this.#task}.`,
      `You have taken ${this.#steps} step(s) so far. The last ${this.#past.length} observations and what you did then:`,
      ...history,
      `This is step ${this.#steps + 1}. What you see now: ${this.#observation}.`,
      actionBlock(actions),
      CLOSING,
    ].join("\n");
    return whole.length > MOST_CHARS ? this.#withoutHistory(actions) : whole;
  }

  #withoutHistory(actions: readonly string[]): string {
    return [
      OPENING,
      `Your task: ${this.#task}.`,
      `What you see now: ${this.#observation}.`,
      actionBlock(actions),
      CLOSING,
    ].join("\n");
  }
}

/** A page without what stands up to the instruction, its parts quoted. */
function quoted(page: string): string {
  const parts = page.split(SEPARATOR);
  const at = parts.indexOf("Instruction:");
  if (at === -1) return page;
  return parts
    .slice(at + 2)
    .map((part) => `'${part}'`)
    .join(SEPARATOR);
}

function actionBlock(actions: readonly string[]): string {
  return ["The actions that you can choose from:", "[", ...actions.map((action) => `'${action}',`), "]"].join("\n");
}
