import { ProtocolError } from "../protocol/errors.ts";
import type { EnvironmentProfile, JsonObject, TaskPage } from "../protocol/messages.ts";
import { type MaybePromise, whenSettled } from "../util/maybe-promise.ts";
import type { EarlyCreates } from "./early-creates.ts";
import type { InstanceServices } from "./instance.ts";
import type { Pool } from "./pool.ts";
import type { WorkerCatalogue } from "./ports.ts";
import { page, TaskLists } from "./task-lists.ts";

export interface TasksQuery {
  /** Null is the environment's first one. */
  readonly split: string | null;
  readonly filter: JsonObject;
  readonly limit: number;
  readonly cursor: string | null;
}

/**
 * One environment of a system: its pool, and what its workers say it is. Until the first of them is there it is loading, and
 * creates wait in line for it; when there can be none it has failed, with a reason.
 */
export class SystemEnvironment {
  readonly env_type: string;
  readonly pool: Pool;
  /** What its instances share. */
  readonly services: InstanceServices;
  readonly early: EarlyCreates;
  readonly #lists = new TaskLists();
  /** What the worker says that joined last. */
  #catalogue: WorkerCatalogue | null = null;
  #failure: string | null = null;

  constructor(env_type: string, parts: { pool: Pool; services: InstanceServices; early: EarlyCreates }) {
    this.env_type = env_type;
    this.pool = parts.pool;
    this.services = parts.services;
    this.early = parts.early;
  }

  get isLoading(): boolean {
    return this.#catalogue === null && this.#failure === null;
  }

  /** Creates in line, for the environment to load or for a place on a worker. */
  get waiting(): number {
    return this.pool.waiting + this.early.size;
  }

  /** What it serves; while that is not known, that it is unavailable and why. */
  get profile(): EnvironmentProfile {
    if (this.#catalogue) return this.#catalogue.profile;
    const { env_type } = this;
    const reason = this.#failure ?? "still loading";
    return { env_type, version: "", replay: "none", splits: [], unavailable: [{ what: env_type, reason }] };
  }

  /** Throws `overloaded` while it loads, `unavailable_environment` when it cannot be served. */
  get catalogue(): WorkerCatalogue {
    if (this.#catalogue) return this.#catalogue;
    throw this.#failure === null
      ? new ProtocolError("overloaded", `${this.env_type} is still loading`, { retry_after_ms: 500 })
      : new ProtocolError("unavailable_environment", this.#failure);
  }

  /** A page of the tasks of a split. Throws as `catalogue`. */
  tasks({ split, filter, limit, cursor }: TasksQuery): MaybePromise<TaskPage> {
    const { catalogue } = this;
    const query = { split: split ?? catalogue.profile.splits[0] ?? "", filter };
    return whenSettled(this.#lists.rows(catalogue, query), (outcome) => {
      if (outcome.kind === "ok") return page(outcome.value, limit, cursor);
      if (outcome.kind === "error") throw outcome.error;
      const { kind, message } = outcome.failure;
      throw new ProtocolError(kind === "worker_lost" ? "worker_lost" : "internal", message);
    });
  }

  /** A worker is there, which says what the environment is. */
  ready(catalogue: WorkerCatalogue): void {
    this.#catalogue = catalogue;
    this.#failure = null;
    this.early.startAll();
  }

  /** No worker can be had. False where there has been one: then it is the pool's business. */
  fail(reason: string): boolean {
    if (this.#catalogue) return false;
    this.#failure = reason;
    return true;
  }
}
