import type { Json } from "../../../protocol/messages.ts";
import type { PyValue } from "../python/values.ts";

/** Why a call or an answer is wrong: the official error_type, and the official `error`, a list of texts or of parts. */
export interface RuleError {
  readonly error_type: string;
  readonly error: readonly PyValue[];
}

/** A verdict as `evaluate` reports it: the official fields, then ours. */
export interface SingleTurnVerdict {
  valid: boolean;
  error_type?: string;
  error?: Json;
  /** What first went wrong, in words. */
  first_difference: Json;
}
