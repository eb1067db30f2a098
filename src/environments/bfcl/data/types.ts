import type { JsonObject, Message, TaskRow } from "../../../protocol/messages.ts";
import type { LongContextData } from "../apis/api.ts";
import type { PyDict } from "../python/values.ts";

/** One multi-turn entry of the official data, numbers as Python values. Shared by all instances and never changed. */
export interface BfclTask {
  readonly id: string;
  readonly category: string;
  /** The number that the four categories share: multi_turn_base_7 and multi_turn_miss_func_7 come from one source. */
  readonly source_index: number;
  /** The messages of each turn; none in a turn that only hands over held-out functions. */
  readonly question: readonly (readonly Message[])[];
  readonly initial_config: PyDict;
  readonly involved_classes: readonly string[];
  /** Official docs of the functions that stand in the prompt. */
  readonly functions: readonly PyDict[];
  /** Docs of the functions that appear at a turn, by its index. */
  readonly missed_function: ReadonlyMap<number, readonly PyDict[]>;
  /** Call text of each turn. */
  readonly ground_truth: readonly (readonly string[])[];
}

/** The compiled data of BFCL, loaded as far as it was asked for. */
export interface BfclData {
  /** sha256 over the files that decide observations and scores. */
  readonly sha256: string;
  readonly longContext: LongContextData;
  readonly splits: readonly string[];
  readonly unavailable: readonly { what: string; reason: string }[];
  /** A task by its id, or by its index in the selected list. Throws `unknown_task`. */
  task(id: string): BfclTask;
  /** The rows of a split, in the official order. Throws `unknown_split`, `bad_request`. */
  rows(split: string, filter: JsonObject): TaskRow[];
}
