import type { JsonObject, Message } from "../protocol/messages.ts";
import type { Environment } from "./environment.ts";
import type { WorkerInputs } from "./worker-inputs.ts";

/** Told of long work a line at a time: what is fetched, what is compiled. */
export type Progress = (line: string) => void;

/** What to fetch. */
export interface PullRequest {
  /** A folder that has the data, to take them from; null fetches them. */
  readonly from: string | null;
  /** A part that is fetched only when it is named; null is what every use needs. */
  readonly part: string | null;
}

/** What a native environment offers to the server and to the command line. */
export interface NativeEnvironment {
  /** Loads it; data that are not here are fetched first. Rejects with an Error that says how to get them. */
  load(progress: Progress): Environment | Promise<Environment>;
  /** Fetches its data and says where they are; absent when there are none. Rejects with an Error that says what to do. */
  pull?(progress: Progress, what: PullRequest): Promise<string>;
  /**
   * Whether a step can take so long here, with the data that are served, that it would hold up other instances: a server
   * then hosts it on a thread, unless it is told otherwise. Without this none does.
   */
  hasLongSteps?(): boolean;
  /**
   * What its workers in containers get of this machine, data that were fetched above all; made first where it has to be. Asked
   * for at each launch; absent when it is nothing. Rejects with an Error that says what is wrong with it.
   */
  inputs?(progress: Progress): WorkerInputs | Promise<WorkerInputs>;
  /**
   * Scores files of model outputs in the benchmark's own format, for `stepwell score`; absent when there is no such format.
   * Rejects with an Error that says what is wrong with a file.
   */
  score?(paths: readonly string[], options: ScoreOptions): Promise<Scored>;
  /** A policy that solves its tasks, for `stepwell demo`. */
  demo(progress: Progress): Demo | Promise<Demo>;
}

export interface ScoreOptions {
  /** How names with dots are to be written; `auto` finds it out. */
  readonly names: "auto" | "dots" | "underscores";
  /** Whether to decide as the benchmark's own evaluation does, or without its known defects. */
  readonly compat: "official" | "fixed";
  readonly progress: Progress;
  /** Told how many outputs there are, then of each that was scored. */
  start(total: number): void;
  tick(): void;
}

/** Scores as a table for a person, and as JSON. */
export interface Scored {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
  readonly json: JsonObject;
}

export interface Demo {
  readonly split: string;
  /** The column of a task row by which the table is grouped. */
  readonly group: string;
  /** The parameters that an episode of a task is created with; none unless there is this. */
  params?(task_id: string): JsonObject;
  /** A policy for one episode of a task: the messages that came back in, the next action out. */
  policy(task_id: string): Policy;
}

export type Policy = (observation: readonly Message[]) => Message;
