import type { Outcome, WorkerCatalogue, WorkerLink } from "../actors/ports.ts";
import type { Environment, Episode, EpisodeRequest, EpisodeStart } from "../environments/environment.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";

/**
 * Hosts the episodes of one native environment and answers a worker's requests about them. What an episode throws ends
 * its own instance only: a ProtocolError is the caller's mistake, anything else is our failure.
 */
export class EnvironmentHost implements WorkerLink {
  readonly worker_id: string;
  readonly #environment: Environment;
  readonly #episodes = new Map<string, Episode>();

  constructor(worker_id: string, environment: Environment) {
    this.worker_id = worker_id;
    this.#environment = environment;
  }

  /** Live episodes. */
  get size(): number {
    return this.#episodes.size;
  }

  get catalogue(): WorkerCatalogue {
    const { env_type, version, replay, splits, unavailable, engine, data_sha256 } = this.#environment;
    return {
      profile: { env_type, version, replay, splits: [...splits], unavailable: [...unavailable] },
      engine,
      data_sha256,
      tasks: (query) => guard(() => this.#environment.tasks(query)),
    };
  }

  create: WorkerLink["create"] = (instance_id, request) => {
    const ready = guard(() => this.#environment.ready?.(request.task_id) ?? null);
    if (ready.kind !== "ok") return ready;
    if (ready.value === null) return this.#create(instance_id, request);
    return ready.value.then(() => this.#create(instance_id, request), failed);
  };

  #create(instance_id: string, request: EpisodeRequest): Outcome<EpisodeStart> {
    return guard(() => {
      const episode = this.#environment.create(request);
      this.#episodes.set(instance_id, episode);
      return { state: episode.state, tools: episode.tools, info: episode.info, prompt_sha256: episode.prompt_sha256 };
    });
  }

  step: WorkerLink["step"] = (instance_id, action) => later(guard(() => this.#episode(instance_id).step(action)));

  evaluate: WorkerLink["evaluate"] = (instance_id) => guard(() => this.#episode(instance_id).evaluate());

  inspect: WorkerLink["inspect"] = (instance_id, query) => guard(() => this.#episode(instance_id).inspect(query));

  release: WorkerLink["release"] = (instance_id) => {
    this.#episodes.delete(instance_id);
  };

  #episode(instance_id: string): Episode {
    const episode = this.#episodes.get(instance_id);
    if (!episode) throw new Error(`the worker holds no instance ${instance_id}`);
    return episode;
  }
}

function guard<T>(call: () => T): Outcome<T> {
  try {
    return { kind: "ok", value: call() };
  } catch (error) {
    return failed(error);
  }
}

/** The outcome of a step that may answer later. One that answers at once costs no promise. */
function later<T>(outcome: Outcome<MaybePromise<T>>): MaybePromise<Outcome<T>> {
  if (outcome.kind !== "ok") return outcome;
  const { value } = outcome;
  if (!(value instanceof Promise)) return { kind: "ok", value };
  return value.then((settled): Outcome<T> => ({ kind: "ok", value: settled }), failed);
}

function failed(error: unknown): Exclude<Outcome<never>, { kind: "ok" }> {
  if (error instanceof ProtocolError) return { kind: "error", error };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failure", failure: { kind: "engine_error", message } };
}
