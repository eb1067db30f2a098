import type { Outcome, Worker, WorkerCatalogue, WorkerLink } from "../actors/ports.ts";
import type { EpisodeRequest } from "../protocol/episode.ts";
import { answers, type WorkerHealth, type WorkerProfile } from "../protocol/worker-answers.ts";
import { actionTimeoutOf } from "../protocol/worker-frames.ts";
import { type RemoteChannel, reasonOf } from "./remote-channel.ts";

/** Seconds that an action may take where neither its instance nor its environment says it. */
const ACTION_TIMEOUT_S = 30;
/** For a profile and for a list of tasks, ms: an engine may read its data for the first one. */
const CATALOGUE_MS = 60_000;

/** A worker as its launcher joins it: the channel to it, what it serves, and how to end it. */
interface RemoteParts {
  readonly channel: RemoteChannel;
  readonly env_type: string;
  readonly capacity: number;
  stop(): Promise<void>;
}

/** Asks a worker what it serves and makes the Worker that a pool uses. Rejects with an Error when it says nothing of use. */
export async function remoteWorker({ channel, env_type, capacity, stop }: RemoteParts): Promise<Worker> {
  const said = await channel.ask("profile", { env_type }, CATALOGUE_MS, answers.profile);
  if (said.kind !== "ok") throw new Error(`the worker does not say what it serves: ${reasonOf(said)}`);
  if (said.value.profile.env_type !== env_type) {
    throw new Error(`the worker serves ${said.value.profile.env_type}, not ${env_type}`);
  }
  const listeners = new Set<(health: WorkerHealth) => void>();
  channel.watch((health) => {
    for (const listener of listeners) listener(health);
  });
  return {
    link: new RemoteLink(channel, env_type, said.value.action_timeout_s ?? ACTION_TIMEOUT_S),
    catalogue: catalogueOf(channel, env_type, said.value),
    capacity,
    ...(said.value.protections ? { protections: said.value.protections } : {}),
    gone: channel.gone,
    stop,
    onHealth: (listener) => void listeners.add(listener),
    drain: () => void channel.ask("drain", {}, channel.limits.release_ms, () => null),
  };
}

function catalogueOf(channel: RemoteChannel, env_type: string, said: WorkerProfile): WorkerCatalogue {
  const { profile, engine, data_sha256, max_steps } = said;
  return {
    ...(typeof max_steps === "number" ? { max_steps } : {}),
    profile,
    engine,
    data_sha256,
    tasks: (query) => channel.ask("tasks", { env_type, ...query }, CATALOGUE_MS, answers.tasks),
  };
}

/** The instances of one environment on a worker that is not in this process. */
class RemoteLink implements WorkerLink {
  readonly worker_id: string;
  readonly #channel: RemoteChannel;
  readonly #env_type: string;
  readonly #action_timeout_s: number;
  /** Action clocks of the instances that asked for one of their own, seconds. */
  readonly #clocks = new Map<string, number>();

  constructor(channel: RemoteChannel, env_type: string, action_timeout_s: number) {
    this.worker_id = channel.worker_id;
    this.#channel = channel;
    this.#env_type = env_type;
    this.#action_timeout_s = action_timeout_s;
  }

  create(instance_id: string, request: EpisodeRequest): ReturnType<WorkerLink["create"]> {
    const clock = actionTimeoutOf(request.params);
    if (clock !== null) this.#clocks.set(instance_id, clock);
    const { create_ms } = this.#channel.limits;
    const payload = { instance_id, env_type: this.#env_type, ...request, timeout_s: create_ms / 1000 };
    return this.#channel.ask("create", payload, create_ms, answers.create);
  }

  step: WorkerLink["step"] = (instance_id, action) => {
    const timeout_s = this.#clocks.get(instance_id) ?? this.#action_timeout_s;
    return this.#channel.ask("step", { instance_id, action, timeout_s }, this.#channel.limits.step_ms, answers.step);
  };

  evaluate: WorkerLink["evaluate"] = (instance_id) => {
    const { evaluate_ms } = this.#channel.limits;
    return this.#channel.ask("evaluate", { instance_id, timeout_s: evaluate_ms / 1000 }, evaluate_ms, answers.evaluate);
  };

  inspect: WorkerLink["inspect"] = (instance_id, query) =>
    this.#channel.ask("info", { instance_id, query }, this.#channel.limits.step_ms, answers.info);

  /** Settles when the worker has freed the instance. One that does not within its time is lost: it can do nothing else any more. */
  async release(instance_id: string): Promise<void> {
    this.#clocks.delete(instance_id);
    this.#channel.forget(instance_id);
    const outcome: Outcome<null> = await this.#channel.ask(
      "release",
      { instance_id },
      this.#channel.limits.release_ms,
      () => null,
    );
    if (outcome.kind === "failure" && outcome.failure.kind === "worker_timeout") this.#channel.lose(reasonOf(outcome));
  }
}
