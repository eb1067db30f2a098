import { z } from "zod";
import { ProtocolError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/messages.ts";
import type { ObservationMode } from "./engine/session.ts";
import { PROTOCOLS, type PromptForm, type ProtocolName, protocolOf } from "./protocols.ts";

const MOST_HISTORY = 100;

/** What is absent is what the protocol of the task has. */
const schema = z.strictObject({
  /** Has to be the task's own: the id says which goal of which protocol it is. */
  protocol: z.enum(PROTOCOLS).optional(),
  prompt: z.enum(["chat", "verl-agent", "none"]).optional(),
  observation: z.enum(["text", "text_rich", "html", "url"]).optional(),
  /** Whether observations end with the actions that there are. */
  available_actions: z.boolean().optional(),
  /** Characters of a page that an observation shows. */
  max_observation_chars: z.int().min(100).nullable().default(null),
  /** How many observations and actions before it an observation repeats, as the original's environment does. */
  num_prev_obs: z.int().min(0).max(MOST_HISTORY).default(0),
  num_prev_actions: z.int().min(0).max(MOST_HISTORY).default(0),
  /** Steps that a verl-agent prompt looks back. */
  history_length: z.int().min(0).max(MOST_HISTORY).default(2),
  /** Whether product pages have the attributes that rewards ask for. */
  show_attrs: z.boolean().default(false),
  /** Reads actions as the original (or verl-agent) does: nothing is forgiven, and what does nothing shows the same page. */
  strict: z.boolean().default(false),
  action_format: z.enum(["auto", "tool_calls", "hermes", "tags", "text"]).default("auto"),
  /** Whether the tools stand in the system message, as a chat template would write them. */
  tool_prompt: z.enum(["none", "hermes"]).default("none"),
  reward: z.enum(["sparse", "success"]).optional(),
  /** Actions after which an episode ends; null for no limit. */
  step_limit: z.int().min(1).nullable().optional(),
});

export interface ShopParams extends Omit<z.output<typeof schema>, "protocol"> {
  readonly prompt: PromptForm;
  readonly observation: ObservationMode;
  readonly available_actions: boolean;
  readonly reward: "sparse" | "success";
  readonly step_limit: number | null;
}

/** Validates the parameters of an episode. Throws `bad_params`, which names the parameter and what it may be. */
export function parseParams(given: JsonObject, task_id: string, protocol: ProtocolName): ShopParams {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(schema.shape, name));
  if (unknown.length > 0) {
    const known = Object.keys(schema.shape).join(", ");
    throw new ProtocolError("bad_params", `unknown params for webshop: ${unknown.join(", ")}; known: ${known}`);
  }
  const read = schema.safeParse(given);
  if (!read.success) {
    const reasons = read.error.issues.map((issue) => `params.${issue.path.join(".")}: ${issue.message}`);
    throw new ProtocolError("bad_params", reasons.join("; "));
  }
  const { protocol: asked = protocol, ...own } = read.data;
  if (asked !== protocol) {
    throw new ProtocolError(
      "bad_params",
      `params.protocol is ${asked}, but the task ${task_id} is of ${protocol}: list tasks with the filter {"protocol": "${asked}"}`,
    );
  }
  const fixed = protocolOf(protocol);
  return {
    ...own,
    prompt: own.prompt ?? fixed.prompt,
    observation: own.observation ?? fixed.observation,
    available_actions: own.available_actions ?? fixed.availableActions,
    reward: own.reward ?? fixed.reward,
    step_limit: own.step_limit === undefined ? fixed.stepLimit : own.step_limit,
  };
}
