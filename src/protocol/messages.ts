/**
 * The payloads of the protocol, as docs/protocol.md has them: names on the wire are snake_case and stay so here.
 * Times are float seconds, rewards always floats, ids strings.
 */

/** A JSON value. On the wire an integer stays an integer and a float a float, where the encoder can tell. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One call of an assistant message, as OpenAI has it: `arguments` is a JSON string (as an object, 5.0 would become 5). */
export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** A chat message. A tool result has role `tool` and its `tool_call_id`; a call has role `assistant` and `tool_calls`. */
export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string | null;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
  name?: string;
}

/** A tool as OpenAI's API describes it. */
export interface Tool {
  type: "function";
  function: { name: string; description: string; parameters: JsonObject };
}

/** Why an episode is over. Truncated are `max_steps`, `finished` and `force_quit`. */
export type EndReason = "completed" | "gave_up" | "max_steps" | "force_quit" | "action_crash" | "finished" | "failure";

/** Our own failure, never the model's: the reward beside it is null, and a trainer masks the sample. */
export interface Failure {
  kind: "worker_lost" | "worker_timeout" | "diverged" | "engine_error" | "create_failed";
  message: string;
}

/** What a trainer wants to know of the action that it sent. `format` is null where the message held no action. */
export interface ActionInfo {
  valid: boolean;
  format: string | null;
  parse_errors: string[];
}

/** The parts of a reward; `sparse` is always the official score. */
export type RewardParts = { sparse: number; [part: string]: number };

/** Versions and digests of whatever decides a trajectory or a score. */
export interface Provenance {
  stepwell: string;
  environment: string;
  engine: string;
  data_sha256: string | null;
  prompt_sha256: string | null;
  params_sha256: string;
}

export interface CreateInfo {
  instance_id: string;
  task_id: string;
  tools: Tool[];
  seed: number | null;
  provenance: Provenance;
  [more: string]: unknown;
}

/** The first messages of an episode and what the instance is. */
export interface CreateResult {
  state: Message[];
  info: CreateInfo;
}

export interface StepInfo {
  /** Steps done so far, this one included. */
  step: number;
  action: ActionInfo;
  /** sha256 chain over `[state, reward, is_terminated]` of every step so far, as hex. */
  observation_hash: string;
  end_reason?: EndReason;
  reward_parts?: RewardParts;
  tools_added?: Tool[];
  failure?: Failure;
  [more: string]: unknown;
}

/** The messages to append (nothing earlier ever changes), and the reward of this step. */
export interface StepResult {
  state: Message[];
  reward: number | null;
  is_terminated: boolean;
  is_truncated: boolean;
  info: StepInfo;
}

/** The score of an instance. Mask a sample exactly when `failure` is not null. */
export interface Evaluation {
  reward: number | null;
  success: boolean | null;
  failure: Failure | null;
  end_reason?: EndReason;
  /** The official engine's own fields; `valid` in it is its word for right or wrong. */
  verdict: { [field: string]: unknown };
  reward_parts: RewardParts | null;
  provenance: Provenance;
}

/** One row of a task list. */
export interface TaskRow {
  task_id: string;
  [column: string]: Json;
}

/** A page of a task list; `next_cursor` is null on the last one. */
export interface TaskPage {
  tasks: TaskRow[];
  next_cursor: string | null;
  total: number;
}

/** What a server says of one environment. */
export interface EnvironmentProfile {
  env_type: string;
  version: string;
  replay: "exact" | "measured" | "none";
  splits: string[];
  /** What cannot be served here, and why: never dropped in silence. */
  unavailable: { what: string; reason: string }[];
}
