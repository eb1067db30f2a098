import { createActor } from "xstate";
import { ProtocolError } from "../protocol/errors.ts";
import type { Emit } from "../protocol/events.ts";
import type {
  CreateResult,
  EnvironmentProfile,
  Evaluation,
  JsonObject,
  Message,
  StepResult,
  TaskPage,
} from "../protocol/messages.ts";
import type { Deadlines } from "../util/deadlines.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import { CreateGroup } from "./create-group.ts";
import { type CreateQuery, type InstanceLimits, planCreate } from "./create-plan.ts";
import { describe } from "./describe.ts";
import { EarlyCreates } from "./early-creates.ts";
import { type Holder, Instance } from "./instance.ts";
import { instanceEffects } from "./instance-effects.ts";
import { instanceMachine } from "./instance-machine.ts";
import type { Answer, ReleaseReason } from "./instance-requests.ts";
import { shareMemory } from "./memory-budget.ts";
import { Pool, type PoolSettings } from "./pool.ts";
import type { Clock, EpisodeStore, Ids, Launcher } from "./ports.ts";
import { InstanceRegistry } from "./registry.ts";
import { SystemEnvironment, type TasksQuery } from "./system-environment.ts";
import { type SystemEvent, systemMachine } from "./system-machine.ts";

export interface SystemOptions {
  readonly version: string;
  readonly environments: readonly (PoolSettings & { readonly launcher: Launcher })[];
  /** Bytes that all workers together may take; null for no limit. */
  readonly max_memory_bytes: number | null;
  readonly limits: InstanceLimits & { readonly drain_ms: number };
  readonly clock: Clock;
  /** The wheel of all deadlines, on that clock. */
  readonly deadlines: Deadlines;
  readonly ids: Ids;
  readonly store: EpisodeStore;
  readonly stopwatch: () => number;
  readonly emit: Emit;
}

/** Who asks: instances belong to a principal; a session keeps them from idling, an HTTP caller (null) does not. */
export interface Caller {
  readonly principal: string;
  readonly holder: Holder | null;
}

/** Joins pools and instances: what a session, an HTTP route or the embedding program asks for is done here. */
export class System {
  readonly #options: SystemOptions;
  readonly #deadlines: Deadlines;
  readonly #registry = new InstanceRegistry();
  readonly #groups = new Map<string, CreateGroup>();
  readonly #served = new Map<string, SystemEnvironment>();
  readonly #actor;

  constructor(options: SystemOptions) {
    this.#options = options;
    this.#deadlines = options.deadlines;
    const machine = systemMachine.provide({
      actions: {
        drainPools: () => {
          for (const { pool } of this.#served.values()) pool.drain();
          this.#checkEmpty();
        },
        stopAll: () => void this.#stopAll(),
      },
    });
    const { environments, limits, clock } = options;
    this.#actor = createActor(machine, {
      clock,
      input: { environments: environments.map(({ env_type }) => env_type), drain_ms: limits.drain_ms },
    });
    for (const environment of environments) this.#serve(environment);
  }

  /** Starts the pools; environments load in the background. */
  start(): void {
    this.#actor.start();
    for (const served of this.#served.values()) {
      const { env_type, pool } = served;
      this.#shareMemory();
      pool.start();
      const { launching, free } = pool.load;
      if (launching + free > 0 || this.#options.max_memory_bytes === null) continue;
      const { worker_bytes } = pool.memory;
      const message = `max_memory leaves no room for a worker of ${env_type}, about ${Math.ceil(worker_bytes / MIB)} MiB`;
      this.#launchFailed(served, message);
    }
  }

  get deadlines(): Deadlines {
    return this.#deadlines;
  }

  /** Live instances. */
  get size(): number {
    return this.#registry.size;
  }

  /** Live instances by environment and state, and the creates that wait in line, for metrics. */
  get load(): {
    instances: Map<string, Map<string, number>>;
    waiting: Map<string, number>;
    workers: Map<string, Pool["load"]>;
  } {
    const instances = new Map<string, Map<string, number>>();
    for (const { state, spec } of this.#registry.all()) {
      const counts = instances.get(spec.header.env_type) ?? new Map<string, number>();
      counts.set(state, (counts.get(state) ?? 0) + 1);
      instances.set(spec.header.env_type, counts);
    }
    const waiting = [...this.#served].map(([env_type, served]) => [env_type, served.waiting] as const);
    const workers = [...this.#served].map(([env_type, { pool }]) => [env_type, pool.load] as const);
    return { instances, waiting: new Map(waiting), workers: new Map(workers) };
  }

  /** Environments that still load, and those that cannot be served with the reason. */
  get readiness(): { ready: boolean; loading: readonly string[]; unavailable: Readonly<Record<string, string>> } {
    const snapshot = this.#actor.getSnapshot();
    const { loading, unavailable } = snapshot.context;
    return { ready: snapshot.value === "ready", loading, unavailable };
  }

  /** Resolves when every environment is served or known to be unavailable. */
  settled(): Promise<void> {
    return this.#until(({ value }) => value !== "starting");
  }

  /** Accepts no more creates, lets live instances end within the drain time, then stops. Resolves when stopped. */
  async drain(): Promise<void> {
    this.#send({ type: "DRAIN" });
    await this.stopped();
  }

  /** Releases everything and stops the workers at once. */
  async stop(): Promise<void> {
    this.#send({ type: "STOP" });
    await this.stopped();
  }

  stopped(): Promise<void> {
    return this.#until(({ status }) => status === "done");
  }

  profiles(): EnvironmentProfile[] {
    return [...this.#served.values()].map(({ profile }) => profile);
  }

  /** What one environment serves here. Throws as its catalogue does. */
  profile(env_type: string): EnvironmentProfile {
    return this.#environment(env_type).catalogue.profile;
  }

  /** A page of the tasks of a split. */
  tasks(query: TasksQuery & { readonly env_type: string }): MaybePromise<TaskPage> {
    return this.#environment(query.env_type).tasks(query);
  }

  /** Creates `n` instances of a task, all or none. */
  create(caller: Caller, query: CreateQuery, reply: (answer: Answer<CreateResult[]>) => void): void {
    const served = this.#environment(query.env_type);
    if (served.isLoading) {
      const start = () => this.create(caller, query, reply);
      return served.early.add(start, (error) => reply({ kind: "error", error }));
    }
    const { catalogue, services } = served;
    const { limits, ids, clock, version } = this.#options;
    if (query.instance_id !== null && this.#registry.has(query.instance_id)) {
      throw new ProtocolError(
        "instance_exists",
        `an instance ${query.instance_id} is live: release it, or choose another name`,
      );
    }
    const { principal, holder } = caller;
    const asked = { principal, session: holder?.id ?? "", now: clock.now() };
    const specs = planCreate(query, { catalogue, limits, ids, version, ...asked });
    const instances = specs.map((spec) => new Instance(spec, services, caller.holder));
    const created = new CreateGroup(instances, query.expect, reply);
    for (const instance of instances) {
      this.#registry.add(instance);
      this.#groups.set(instance.id, created);
    }
    for (const instance of instances) instance.start();
  }

  step(
    caller: Caller,
    query: { instance_id: string; action: Message; step?: number },
    reply: (answer: Answer<StepResult>) => void,
  ): void {
    const { action, step } = query;
    const instance = this.#registry.get(caller.principal, query.instance_id);
    const asked_at = this.#options.stopwatch();
    instance.request({ op: "step", asked_at, action, reply, ...(step === undefined ? {} : { step }) }, caller.holder);
  }

  evaluate(caller: Caller, instance_id: string, reply: (answer: Answer<Evaluation>) => void): void {
    this.#registry
      .get(caller.principal, instance_id)
      .request({ op: "evaluate", asked_at: this.#options.stopwatch(), reply }, caller.holder);
  }

  finish(caller: Caller, instance_id: string, reply: (answer: Answer<Evaluation>) => void): void {
    this.#registry
      .get(caller.principal, instance_id)
      .request({ op: "finish", asked_at: this.#options.stopwatch(), reply }, caller.holder);
  }

  info(caller: Caller, instance_id: string, query: JsonObject, reply: (answer: Answer<JsonObject>) => void): void {
    const instance = this.#registry.get(caller.principal, instance_id);
    instance.request(
      {
        op: "inspect",
        asked_at: this.#options.stopwatch(),
        query,
        reply: (answer) =>
          reply(answer.kind === "ok" ? { kind: "ok", value: describe(instance, answer.value) } : answer),
      },
      caller.holder,
    );
  }

  /** Lets an instance go. False when there was none of that name: a release may be repeated. */
  release(caller: Caller, instance_id: string): boolean {
    const instance = this.#registry.find(caller.principal, instance_id);
    instance?.release("released");
    return instance !== undefined;
  }

  /** Lets the named instances go, or all that carry every one of the labels; says which. */
  cancel(
    caller: Caller,
    query: { instance_ids: readonly string[]; labels: Readonly<Record<string, string>> },
  ): string[] {
    const named = new Set(query.instance_ids);
    const wanted = Object.entries(query.labels);
    const chosen = this.#registry.of(caller.principal).filter(({ id, spec }) => {
      if (named.has(id)) return true;
      return wanted.length > 0 && wanted.every(([label, value]) => spec.header.labels[label] === value);
    });
    for (const instance of chosen) instance.release("cancelled");
    return chosen.map(({ id }) => id);
  }

  #serve({ launcher, ...settings }: PoolSettings & { readonly launcher: Launcher }): void {
    const { env_type } = settings;
    const { clock, ids, store } = this.#options;
    const pool: Pool = new Pool(settings, {
      clock,
      deadlines: this.#deadlines,
      ids,
      launcher,
      workerReady: ({ catalogue }) => served.ready(catalogue),
      warm: () => this.#send({ type: "SERVED", env_type }),
      changed: () => this.#shareMemory(),
      launchFailed: (message) => this.#launchFailed(served, message),
      workerLost: (worker_id) => {
        for (const instance of this.#registry.all()) instance.workerLost(worker_id);
      },
    });
    const early = new EarlyCreates(settings.queue_limit, this.#options.limits.create_timeout_ms, this.#deadlines);
    const shared = { store, deadlines: this.#deadlines, emit: this.#options.emit, stopwatch: this.#options.stopwatch };
    const actions = instanceEffects({
      ...shared,
      slots: pool,
      created: (instance_id, answer) => this.#created(instance_id, answer),
      released: (instance_id, reason) => this.#released(instance_id, reason),
    });
    const services = { ...shared, clock, machine: instanceMachine.provide({ actions }) };
    const served = new SystemEnvironment(env_type, { pool, services, early });
    this.#served.set(env_type, served);
  }

  #shareMemory(): void {
    const pools = [...this.#served.values()].map(({ pool }) => pool);
    shareMemory(this.#options.max_memory_bytes, pools);
  }

  #launchFailed(served: SystemEnvironment, reason: string): void {
    if (!served.fail(reason)) return;
    this.#send({ type: "UNAVAILABLE", env_type: served.env_type, reason });
    served.early.startAll();
  }

  #created(instance_id: string, answer: Answer<CreateResult>): void {
    const group = this.#groups.get(instance_id);
    this.#groups.delete(instance_id);
    group?.settle(instance_id, answer);
  }

  #released(instance_id: string, _reason: ReleaseReason): void {
    this.#registry.remove(instance_id)?.ended();
    this.#checkEmpty();
  }

  #checkEmpty(): void {
    if (this.#registry.size === 0) this.#send({ type: "EMPTY" });
  }

  async #stopAll(): Promise<void> {
    const error = new ProtocolError("shutting_down", "the server is shutting down and creates no more instances");
    for (const { early } of this.#served.values()) early.refuseAll(error);
    for (const instance of this.#registry.all()) instance.release("shutdown");
    await Promise.all([...this.#served.values()].map(({ pool }) => pool.stop()));
    this.#send({ type: "STOPPED" });
  }

  #send(event: SystemEvent): void {
    if (this.#actor.getSnapshot().status === "active") this.#actor.send(event);
  }

  #until(reached: (snapshot: ReturnType<typeof this.machineSnapshot>) => boolean): Promise<void> {
    if (reached(this.machineSnapshot())) return Promise.resolve();
    return new Promise((resolve) => {
      const subscription = this.#actor.subscribe({
        next: (snapshot) => {
          if (!reached(snapshot)) return;
          subscription.unsubscribe();
          resolve();
        },
        complete: resolve,
      });
    });
  }

  machineSnapshot() {
    return this.#actor.getSnapshot();
  }

  #environment(env_type: string): SystemEnvironment {
    const served = this.#served.get(env_type);
    if (served) return served;
    const known = [...this.#served.keys()].join(", ");
    throw new ProtocolError("unknown_environment", `no environment "${env_type}" is served here; there are: ${known}`);
  }
}

const MIB = 1024 * 1024;
