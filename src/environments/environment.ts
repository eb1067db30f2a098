import type { EpisodeRequest, EpisodeScore, EpisodeStart, EpisodeStep } from "../protocol/episode.ts";
import type { JsonObject, Message, TaskRow } from "../protocol/messages.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

export type { EpisodeRequest, EpisodeScore, EpisodeStart, EpisodeStep } from "../protocol/episode.ts";

/**
 * The contract of a native environment: a family of tasks with one engine. One folder and one line in registry.ts make
 * one; the suite in src/testing/environment-suite.ts tests it.
 *
 * A model's mistake is an observation: `step` never throws for what the model did. A caller's mistake (an unknown task,
 * a wrong parameter) is a ProtocolError (src/protocol/errors.ts). Anything else that is thrown is our own failure and
 * ends that instance alone, with its reward null.
 */
export interface Environment {
  readonly env_type: string;
  /** Version of this environment's behaviour; it goes to the provenance of every result. */
  readonly version: string;
  /** Whether a log rebuilds the same observations: always, as measured, or not at all. */
  readonly replay: "exact" | "measured" | "none";
  /** sha256 of the data that decides observations and scores; null without data. */
  readonly data_sha256: string | null;
  /** Version of the official engine that this one agrees with. */
  readonly engine: string;
  readonly splits: readonly string[];
  /** What cannot be served here and why. */
  readonly unavailable: readonly { what: string; reason: string }[];
  /** Every task of a split, in its official order. Throws `bad_request` on an unknown split or filter. */
  tasks(query: TaskQuery): readonly TaskRow[];
  /**
   * What has to be waited for before `create` of a task (a parser that is compiled at its first use); null, or no such
   * method, when there is nothing. Throws `unknown_task`.
   */
  ready?(task_id: string): Promise<void> | null;
  /** Starts an episode. Throws `unknown_task`, `bad_params`. Deterministic: same request, same episode. */
  create(request: EpisodeRequest): Episode;
}

export interface TaskQuery {
  split: string;
  /** Environment-specific filters, for example `{category: "multi_turn_base"}`. */
  filter: JsonObject;
}

/** One live episode. Everything mutable of an instance hangs on this object and nothing is shared with another one. */
export interface Episode extends EpisodeStart {
  /** A native engine answers at once; one that asks something outside of this process answers later. */
  step(action: Message): MaybePromise<EpisodeStep>;
  /**
   * The score so far, as `params.reward` says; equal to the sum of the step rewards once the episode ended by itself.
   * Changes nothing and may be asked at any time.
   */
  evaluate(): EpisodeScore;
  /** Answers `info` queries, for example the tools as text. */
  inspect(query: JsonObject): JsonObject;
}
