import type { EpisodeScore } from "../protocol/episode.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { EndReason, Evaluation, Failure, JsonObject, Message, StepResult } from "../protocol/messages.ts";

/** The one answer of a request. */
export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "error"; readonly error: ProtocolError };

interface Asked<T> {
  /** When it was asked, float seconds of the stopwatch. */
  readonly asked_at: number;
  /** Called exactly once. */
  readonly reply: (answer: Answer<T>) => void;
}

/** One action in. `step` is the number of steps the caller believes were done; on a mismatch nothing runs. */
export interface StepRequest extends Asked<StepResult> {
  readonly op: "step";
  readonly action: Message;
  readonly step?: number;
}

export interface EvaluateRequest extends Asked<Evaluation> {
  readonly op: "evaluate";
}

/** The caller ends the episode and gets its evaluation; it goes before whatever is queued. */
export interface FinishRequest extends Asked<Evaluation> {
  readonly op: "finish";
}

export interface InspectRequest extends Asked<JsonObject> {
  readonly op: "inspect";
  readonly query: JsonObject;
}

/** What an instance is asked, one at a time, in arrival order. */
export type InstanceRequest = StepRequest | EvaluateRequest | FinishRequest | InspectRequest;

/** How a request ended. `advanced` and `finished` change the instance, `answered` and `refused` do not. */
export type Run =
  | {
      readonly kind: "advanced";
      readonly action: Message;
      readonly result: StepResult;
      readonly hash: string;
      readonly end_reason: EndReason | null;
      /** The score right after an action that crashed: it is kept, since nothing is ever replayed into a crash. */
      readonly crash_score?: EpisodeScore;
    }
  | { readonly kind: "finished"; readonly evaluation: Evaluation }
  | { readonly kind: "answered"; readonly value: Evaluation | JsonObject }
  | { readonly kind: "refused"; readonly error: ProtocolError }
  | { readonly kind: "failed"; readonly failure: Failure };

/** A run and when it began and ended, float seconds of the stopwatch. */
export interface TimedRun {
  readonly run: Run;
  readonly begun: number;
  readonly ended: number;
}

/** Why an instance is gone. */
export type ReleaseReason = "released" | "cancelled" | "idle" | "lifetime" | "failed" | "shutdown";
