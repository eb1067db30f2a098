import type { ActionInfo, EndReason, JsonObject, Message, RewardParts, Tool } from "./messages.ts";

/**
 * What a worker answers about one episode. Environments make these, workers carry them, and the instance actor turns
 * them into the replies of messages.ts.
 */
export interface EpisodeRequest {
  task_id: string;
  params: JsonObject;
  seed: number | null;
  /** The engine's clock: float seconds since 1970, fixed at the start of the episode. Engines have no other clock. */
  started_at: number;
}

export interface EpisodeStart {
  /** The first messages. */
  readonly state: Message[];
  readonly tools: readonly Tool[];
  /** Environment-specific fields for the `info` of create. */
  readonly info: JsonObject;
  /** sha256 of the prompt text, null when there is none. */
  readonly prompt_sha256: string | null;
}

export interface EpisodeStep {
  /** Messages to append. */
  state: Message[];
  reward: number;
  /** Set when the episode ended with this step. */
  end_reason: EndReason | null;
  action: ActionInfo;
  tools_added?: Tool[];
  reward_parts?: RewardParts;
  /** Environment-specific fields for the `info` of the step. */
  info?: JsonObject;
}

export interface EpisodeScore {
  /** In [0, 1], as `params.reward` says. */
  reward: number;
  success: boolean;
  /** The official engine's own fields. */
  verdict: { [field: string]: unknown };
  reward_parts: RewardParts;
}
