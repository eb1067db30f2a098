import type { PyValue } from "../python/values.ts";

/** The forms of an action that this environment reads; `params.action_format` may pin one of them. */
export type ActionFormat = "tool_calls" | "hermes" | "xml" | "python";

/** A call as the model wrote it, with Python values: 5 and 5.0 stay apart, positional arguments stay positional. */
export interface ActionCall {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly PyValue[];
  readonly kwargs: readonly (readonly [string, PyValue])[];
  /** The `tool_call_id` that the result answers, null in every textual form. */
  readonly id: string | null;
}

/** Something that was meant as a call and could not be read. */
export interface MalformedCall {
  readonly kind: "malformed";
  readonly id: string | null;
  /** What is wrong, in words for the model. */
  readonly message: string;
  /**
   * What the leaderboard's loop makes of it: its handler skips a `<tool_call>` block that is not JSON and runs the
   * others ("skipped"); anything else makes the whole message undecodable ("undecodable"), which ends the turn.
   */
  readonly officially: "skipped" | "undecodable";
}

export type ActionItem = ActionCall | MalformedCall;

/** What one form found in a message: null when the message has nothing of that form. */
export interface FoundActions {
  readonly items: readonly ActionItem[];
  /** What the model said beside its calls. */
  readonly text: string;
}

/** Calls that one message may hold; a longer message is cut there with an error that the model reads. */
export const MAX_CALLS_PER_MESSAGE = 128;

export function malformed(
  message: string,
  id: string | null = null,
  officially: MalformedCall["officially"] = "undecodable",
): MalformedCall {
  return { kind: "malformed", id, message, officially };
}
