import { ProtocolError } from "./errors.ts";
import type {
  CreateResult,
  EnvironmentProfile,
  Evaluation,
  JsonObject,
  Message,
  StepResult,
  TaskPage,
} from "./messages.ts";
import type { Op, RequestInput } from "./ops.ts";

/** A request without its id. */
export type Call = { [O in Op]: { op: O } & RequestInput<O> }[Op];

/** Carries requests to a server and brings their answers: a socket, or the system of this process. */
export interface Transport {
  /** Sends the calls as one message. Each promise rejects with a ProtocolError of its own. */
  send(calls: readonly Call[]): Promise<unknown>[];
}

/** One answer of a batch: a batch never fails as a whole. */
export type Settled<T> = { readonly ok: T } | { readonly error: ProtocolError };

export interface CreateOptions {
  params?: JsonObject;
  seed?: number;
  labels?: Record<string, string>;
  /** Fields of the provenance that you rely on; another one is refused with `expectation_failed`. */
  expect?: JsonObject;
  instance_id?: string;
}

/** The typed calls of a server, the same over a socket and inside a process. */
export class Calls {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A page of task rows. */
  tasks(env_type: string, query: Omit<RequestInput<"tasks">, "env_type"> = {}): Promise<TaskPage> {
    return this.#call<TaskPage>({ op: "tasks", env_type, ...query });
  }

  /** What an environment serves here, and the ids of all tasks of a split. */
  envProfile(
    env_type: string,
    query: Omit<RequestInput<"env_profile">, "env_type"> = {},
  ): Promise<EnvironmentProfile & { task_ids: string[] }> {
    return this.#call<EnvironmentProfile & { task_ids: string[] }>({ op: "env_profile", env_type, ...query });
  }

  /** Creates one instance of a task. */
  async create(env_type: string, task_id: string, options: CreateOptions = {}): Promise<InstanceHandle> {
    const created = await this.#call<CreateResult>({ op: "create", env_type, task_id, ...options });
    return new InstanceHandle(this.#transport, created);
  }

  /** Creates `n` instances of a task, all or none: the group of a GRPO step. */
  async createGroup(
    env_type: string,
    task_id: string,
    n: number,
    options: CreateOptions = {},
  ): Promise<InstanceHandle[]> {
    const { items } = await this.#call<{ items: CreateResult[] }>({ op: "create", env_type, task_id, n, ...options });
    return items.map((created) => new InstanceHandle(this.#transport, created));
  }

  /** Creates many instances in one message; each item has its own answer, in the order given. */
  async createMany(
    items: readonly ({ env_type: string; task_id: string } & CreateOptions)[],
  ): Promise<Settled<InstanceHandle>[]> {
    const created = await this.#settle<CreateResult>(items.map((item) => ({ op: "create", ...item })));
    return created.map((item) => ("ok" in item ? { ok: new InstanceHandle(this.#transport, item.ok) } : item));
  }

  /** Steps many instances in one message. */
  stepMany(
    items: readonly { instance: InstanceHandle; action: Message; step?: number }[],
  ): Promise<Settled<StepResult>[]> {
    return this.#settle(
      items.map(({ instance, action, step }) => ({
        op: "step",
        instance_id: instance.id,
        action,
        ...(step === undefined ? {} : { step }),
      })),
    );
  }

  /** Scores many instances in one message. */
  evaluateMany(instances: readonly InstanceHandle[]): Promise<Settled<Evaluation>[]> {
    return this.#settle(instances.map(({ id }) => ({ op: "evaluate", instance_id: id })));
  }

  /** Lets many instances go in one message. */
  releaseMany(instances: readonly InstanceHandle[]): Promise<Settled<{ released: boolean }>[]> {
    return this.#settle(instances.map(({ id }) => ({ op: "release", instance_id: id })));
  }

  /** Lets instances go at once, by their ids or by the labels that they carry; gives the ids of those that went. */
  async cancel(what: RequestInput<"cancel">): Promise<string[]> {
    return (await this.#call<{ cancelled: string[] }>({ op: "cancel", ...what })).cancelled;
  }

  async ping(): Promise<void> {
    await this.#call({ op: "ping" });
  }

  #call<T>(call: Call): Promise<T> {
    return callOne<T>(this.#transport, call);
  }

  async #settle<T>(calls: readonly Call[]): Promise<Settled<T>[]> {
    if (calls.length === 0) return [];
    const settled = await Promise.allSettled(this.#transport.send(calls));
    return settled.map((one) => (one.status === "fulfilled" ? { ok: one.value as T } : { error: asError(one.reason) }));
  }
}

/** A live instance as its caller holds it. */
export class InstanceHandle {
  readonly id: string;
  /** The first messages of the episode. */
  readonly state: Message[];
  readonly info: CreateResult["info"];
  readonly #transport: Transport;

  constructor(transport: Transport, created: CreateResult) {
    this.#transport = transport;
    this.id = created.info.instance_id;
    this.state = created.state;
    this.info = created.info;
  }

  /** One action in, one observation out. `step` is the number of steps you believe were done: on a mismatch nothing runs. */
  step(action: Message, step?: number): Promise<StepResult> {
    const call: Call = { op: "step", instance_id: this.id, action };
    if (step !== undefined) call.step = step;
    return callOne<StepResult>(this.#transport, call);
  }

  /** The score so far; changes nothing. Mask the sample exactly when `failure` is not null. */
  evaluate(): Promise<Evaluation> {
    return callOne<Evaluation>(this.#transport, { op: "evaluate", instance_id: this.id });
  }

  /** Ends the episode and scores it. */
  finish(): Promise<Evaluation> {
    return callOne<Evaluation>(this.#transport, { op: "finish", instance_id: this.id });
  }

  /** What the environment says of the instance. */
  inspect(query: JsonObject = {}): Promise<JsonObject> {
    return callOne<JsonObject>(this.#transport, { op: "info", instance_id: this.id, query });
  }

  /** Lets the instance go; false when it was gone already. */
  async release(): Promise<boolean> {
    return (await callOne<{ released: boolean }>(this.#transport, { op: "release", instance_id: this.id })).released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

async function callOne<T>(transport: Transport, call: Call): Promise<T> {
  return (await transport.send([call])[0]) as T;
}

function asError(reason: unknown): ProtocolError {
  return reason instanceof ProtocolError ? reason : new ProtocolError("internal", String(reason));
}
