import type { EpisodeRequest, EpisodeScore, EpisodeStart, EpisodeStep } from "../protocol/episode.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { EnvironmentProfile, Failure, JsonObject, Message, TaskRow } from "../protocol/messages.ts";
import type { Protection, WorkerHealth } from "../protocol/worker-answers.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

export type { Clock } from "../util/clock.ts";

/**
 * What actors need from outside. Machines know these contracts alone; stepwell.ts provides the real ones and tests
 * provide fakes, so that every machine runs on a simulated clock.
 */

/** How a request to a worker ended: an answer, the caller's mistake, or our own failure. Never an exception. */
export type Outcome<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "error"; readonly error: ProtocolError }
  | { readonly kind: "failure"; readonly failure: Failure };

/** The requests that a worker answers about its instances. */
export interface WorkerLink {
  readonly worker_id: string;
  create(instance_id: string, request: EpisodeRequest): MaybePromise<Outcome<EpisodeStart>>;
  step(instance_id: string, action: Message): MaybePromise<Outcome<EpisodeStep>>;
  evaluate(instance_id: string): MaybePromise<Outcome<EpisodeScore>>;
  inspect(instance_id: string, query: JsonObject): MaybePromise<Outcome<JsonObject>>;
  /** Frees the instance, settling when it is freed; one that is not there is no error. Never rejects. */
  release(instance_id: string): MaybePromise<void>;
}

/** What a worker says of its environment, and its task lists. */
export interface WorkerCatalogue {
  readonly profile: EnvironmentProfile;
  readonly engine: string;
  readonly data_sha256: string | null;
  /** Steps of an instance whose create does not say how many; absent for no limit. */
  readonly max_steps?: number;
  tasks(query: { split: string; filter: JsonObject }): MaybePromise<Outcome<readonly TaskRow[]>>;
}

/** A running worker, as its launcher hands it over: ready for requests. */
export interface Worker {
  readonly link: WorkerLink;
  readonly catalogue: WorkerCatalogue;
  /** Instances it can hold at once. */
  readonly capacity: number;
  /** What keeps a model's code in where it runs, as it says itself; absent where it runs none. */
  readonly protections?: readonly Protection[];
  /** Settles when the worker is gone, with why; never rejects. */
  readonly gone: Promise<string>;
  /** Ends the worker and whatever it started. Idempotent. */
  stop(): Promise<void>;
  /** Told at each heartbeat, where the worker has one. */
  onHealth?(listener: (health: WorkerHealth) => void): void;
  /** Says that no more instances will come: it is to end once its last one was released. */
  drain?(): void;
}

/** Makes workers of one environment. */
export interface Launcher {
  readonly kind: string;
  /** Rejects with a clear Error when it cannot, soon after `signal` was aborted too; then nothing is left of it. */
  launch(worker_id: string, signal?: AbortSignal): Promise<Worker>;
  /** Workers that come by themselves: `arrived` gets each, until the launcher's owner stops. */
  onArrival?(arrived: (worker: Worker) => void): void;
}

/** Names for what we make; nanoid outside of tests. */
export interface Ids {
  instance(): string;
  session(): string;
  worker(env_type: string): string;
}

/** The whole truth about an instance: what made it, and every action with the hash of what came back. */
export interface EpisodeHeader {
  readonly instance_id: string;
  readonly env_type: string;
  readonly principal: string;
  readonly request: EpisodeRequest;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EpisodeEntry {
  readonly action: Message;
  readonly observation_hash: string;
  /** The reward of a step that the instance cut (max_steps), which the engine did not give. */
  readonly cut_reward?: number;
  /** Set for an action that crashed: the score of that moment, null where it could not be had. It is never replayed. */
  readonly crash_score?: EpisodeScore | null;
}

/** Where episode logs are kept. An entry is appended before its reply leaves, so a journal changes no machine. */
export interface EpisodeStore {
  open(header: EpisodeHeader): void;
  append(instance_id: string, entry: EpisodeEntry): void;
  read(instance_id: string): { header: EpisodeHeader; entries: readonly EpisodeEntry[] } | undefined;
  close(instance_id: string): void;
}
