import type { Json } from "../../../protocol/messages.ts";

/** The rules of the official checker, by the `error_type` that it reports. */
type TurnErrorType =
  | "multi_turn:empty_turn_model_response"
  | "multi_turn:instance_state_mismatch"
  | "multi_turn:execution_response_mismatch"
  | "multi_turn:irrelevance_error:decoder_success";

/** The official fields of a failed turn, as the checker words them. */
export interface TurnError {
  readonly error_type: TurnErrorType;
  readonly error_message: string;
  /** Attributes of the first class whose state differs, sorted; only with instance_state_mismatch. */
  readonly diff_attrs?: string[];
  /** Expected results that no call so far has given; only with execution_response_mismatch. */
  readonly missing_items?: string[];
  readonly first_difference: FirstDifference | null;
}

/** Where a turn first went wrong, for a person to read. Values are Python text, cut at 300 characters. */
export interface FirstDifference {
  readonly [field: string]: Json;
}

export interface TurnVerdict {
  readonly turn: number;
  /** False when there was nothing to check: the ground truth has no call in this turn. */
  readonly checked: boolean;
  readonly error: TurnError | null;
}

/** A verdict as `evaluate` reports it: the official fields, then ours. */
export interface MultiTurnVerdict {
  valid: boolean;
  error_type?: TurnErrorType | "multi_turn:force_terminated";
  /** A list where the official evaluation has one (force_terminated), else a text. */
  error_message?: string | string[];
  diff_attrs?: string[];
  missing_items?: string[];
  turns: { turn: number; valid: boolean; checked: boolean; error_type: string | null }[];
  first_difference: FirstDifference | null;
}
