import type { JsonObject, Message, TaskRow } from "../../../protocol/messages.ts";
import type { LongContextData } from "../apis/api.ts";
import type { FormatConfig } from "../formats/config.ts";
import type { MemoryBackend } from "../memory/snapshot.ts";
import type { PyDict } from "../python/values.ts";
import type { Wanted } from "../single-turn/ast-checker.ts";

/** What an entry of the official data has in every category. Shared by all instances and never changed. */
interface TaskBase {
  readonly id: string;
  readonly category: string;
  /** The number of the source that it was made from (data/source.ts): the unit of the clean splits. */
  readonly source_index: number;
  /** The messages of each turn; none in a turn that only hands over held-out functions. */
  readonly question: readonly (readonly Message[])[];
  /** Official docs of the functions that stand in the prompt. */
  readonly functions: readonly PyDict[];
}

/** A multi-turn entry, numbers as Python values. */
export interface MultiTurnTask extends TaskBase {
  readonly kind: "multi_turn";
  readonly initial_config: PyDict;
  readonly involved_classes: readonly string[];
  /** Docs of the functions that appear at a turn, by its index. */
  readonly missed_function: ReadonlyMap<number, readonly PyDict[]>;
  /** Call text of each turn. */
  readonly ground_truth: readonly (readonly string[])[];
}

/** A single-turn entry, with what its answer is held against. */
export interface SingleTurnTask extends TaskBase {
  readonly kind: "single_turn";
  readonly language: "python" | "java" | "javascript";
  readonly scored_by: "ast" | "relevance" | "irrelevance";
  readonly shape: Wanted["shape"];
  /** The docs as the checker reads them; in Java and JavaScript those of the prompt have other types. */
  readonly schemas: readonly PyDict[];
  /** `[{name: {parameter: [answers]}}]`; empty where no call or any call is wanted. */
  readonly possible_answer: readonly PyDict[];
  /** Only in format sensitivity: the prompt and the form of the answer. */
  readonly format?: FormatConfig;
  /** Only in format sensitivity: the official system prompt of its configuration. */
  readonly system_prompt?: string;
}

/** A question about earlier sessions, or one of those sessions. */
export interface MemoryTask extends TaskBase {
  readonly kind: "memory";
  readonly backend: MemoryBackend;
  readonly scenario: string;
  /** The tasks to be played before, in their order; the memory goes from one to the next. */
  readonly prerequisites: readonly string[];
  /** Any of them is right; null for a session, which nothing judges. */
  readonly answers: readonly string[] | null;
}

/** A question that is answered by searching the web. */
export interface WebSearchTask extends TaskBase {
  readonly kind: "web_search";
  /** Whether search results come with an excerpt. */
  readonly show_snippet: boolean;
  readonly answers: readonly string[];
}

export type AgenticTask = MemoryTask | WebSearchTask;

/** A task of any kind; `kind` says which episode plays it. */
export type BfclTask = MultiTurnTask | SingleTurnTask | AgenticTask;

/** The compiled data of BFCL, loaded as far as it was asked for. */
export interface BfclData {
  /** sha256 over the files that decide observations and scores. */
  readonly sha256: string;
  readonly longContext: LongContextData;
  readonly splits: readonly string[];
  readonly unavailable: readonly { what: string; reason: string }[];
  /** A task by its id, or by its index in the selected list. Throws `unknown_task`. */
  task(id: string): BfclTask;
  /** A task by its id, of a category that is not served too: its answers are known. Throws `unknown_task`. */
  anyTask(id: string): BfclTask;
  /** How many tasks a category has, served or not. */
  count(category: string): number;
  /** The rows of a split, in the official order. Throws `unknown_split`, `bad_request`. */
  rows(split: string, filter: JsonObject): TaskRow[];
}
