import { type ActorRefFrom, createActor } from "xstate";
import type { Emit } from "../protocol/events.ts";
import type { Clock } from "../util/clock.ts";
import type { Deadline, Deadlines } from "../util/deadlines.ts";
import { answer, ranEvent } from "./instance-answers.ts";
import { type InstanceSpec, recorded, restOf } from "./instance-context.ts";
import type { instanceMachine } from "./instance-machine.ts";
import type { InstanceRequest, ReleaseReason } from "./instance-requests.ts";
import type { EpisodeStore } from "./ports.ts";
import { runRequest } from "./run-request.ts";

/** What keeps an instance from idling away: a client whose socket answers. */
export interface Holder {
  readonly id: string;
  readonly live: boolean;
  readonly held: Set<Instance>;
}

/** What all instances of a pool share. */
export interface InstanceServices {
  /** The machine with what its actions do. */
  readonly machine: typeof instanceMachine;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly store: EpisodeStore;
  readonly emit: Emit;
  /** Float seconds from some beginning. */
  stopwatch(): number;
}

/**
 * A live instance: its actor, who may drive it, and its two clocks.
 * The idle clock runs only while no live session holds the instance (the one that created it and the one that last drove
 * it), so a trainer may think for an hour, and what a dead one left is freed `idle_timeout_ms` after its socket is gone.
 */
export class Instance {
  readonly spec: InstanceSpec;
  readonly #actor: ActorRefFrom<typeof instanceMachine>;
  readonly #services: InstanceServices;
  /** While the machine handles a request: one that comes from within must not look at a state that is being left. */
  #handling = false;
  readonly #creator: Holder | null;
  #driver: Holder | null = null;
  #idle: Deadline | null = null;
  #lifetime: Deadline | null = null;
  #idleSince: number;

  constructor(spec: InstanceSpec, services: InstanceServices, creator: Holder | null) {
    this.spec = spec;
    this.#services = services;
    this.#creator = creator;
    creator?.held.add(this);
    this.#idleSince = services.clock.now();
    this.#actor = createActor(services.machine, { input: spec, clock: services.clock });
  }

  get id(): string {
    return this.spec.header.instance_id;
  }

  get snapshot() {
    return this.#actor.getSnapshot();
  }

  /** Where it stands, by the names of the machine's states; at rest it is created, waiting or terminated. */
  get state(): string {
    const { value, context } = this.snapshot;
    if (value === "resting") return restOf(context);
    return typeof value === "string" ? value : (Object.keys(value)[0] ?? "");
  }

  start(): void {
    const { lifetime_ms } = this.spec;
    if (lifetime_ms !== null)
      this.#lifetime = this.#services.deadlines.arm(lifetime_ms, () => this.release("lifetime"));
    this.#actor.start();
    this.#watchIdle();
  }

  request(request: InstanceRequest, driver: Holder | null): void {
    this.#idleSince = this.#services.clock.now();
    if (driver !== this.#driver) this.#setDriver(driver);
    if (this.#handling) return this.#actor.send({ type: "REQUEST", request });
    this.#handling = true;
    try {
      if (this.#isAtRest) this.#ask(request);
      else this.#actor.send({ type: "REQUEST", request });
    } finally {
      this.#handling = false;
    }
  }

  /** Asks the worker before the machine is told: an answer that comes at once moves nothing, and costs no transition. */
  #ask(request: InstanceRequest): void {
    const { context } = this.snapshot;
    const begun = this.#services.stopwatch();
    const run = runRequest(context, request);
    // A lost worker is the machine's business: it rebuilds the instance and asks again.
    if (run instanceof Promise || (run.kind === "failed" && run.failure.kind === "worker_lost")) {
      return this.#actor.send({ type: "REQUEST", request, running: { begun, run } });
    }
    const timed = { run, begun, ended: this.#services.stopwatch() };
    const { emit } = this.#services;
    const event = ranEvent(context, request, timed);
    // What DONE would assign; nobody else holds this context. Before the answer, whose receiver may ask again at once.
    Object.assign(context, recorded(context, run));
    emit(event);
    answer(request, run, context, this.#services);
  }

  /** Lets the instance go; one that is gone already stays gone. */
  release(reason: ReleaseReason): void {
    if (this.snapshot.status === "active") this.#actor.send({ type: "RELEASE", reason });
  }

  workerLost(worker_id: string): void {
    if (this.snapshot.status === "active") this.#actor.send({ type: "WORKER_LOST", worker_id });
  }

  /** A holder's socket is gone: from now on the idle clock runs, unless another one holds the instance. */
  holderGone(): void {
    this.#idleSince = this.#services.clock.now();
    this.#watchIdle();
  }

  /** Called when the instance was released: nothing of it stays armed or held. */
  ended(): void {
    if (this.#idle) this.#services.deadlines.disarm(this.#idle);
    if (this.#lifetime) this.#services.deadlines.disarm(this.#lifetime);
    this.#idle = null;
    this.#lifetime = null;
    this.#creator?.held.delete(this);
    this.#driver?.held.delete(this);
  }

  /** Whether nothing is under way or queued and a worker is there. */
  get #isAtRest(): boolean {
    const { value, context } = this.snapshot;
    return value === "resting" && context.link !== null && context.queue.length === 0;
  }

  get #isHeld(): boolean {
    return (this.#creator?.live ?? false) || (this.#driver?.live ?? false);
  }

  #setDriver(driver: Holder | null): void {
    if (this.#driver !== this.#creator) this.#driver?.held.delete(this);
    this.#driver = driver;
    driver?.held.add(this);
    this.#watchIdle();
  }

  #watchIdle(): void {
    if (this.#idle !== null || this.#isHeld || this.snapshot.status !== "active") return;
    const wait = this.#idleSince + this.spec.idle_timeout_ms - this.#services.clock.now();
    this.#idle = this.#services.deadlines.arm(Math.max(0, wait), () => this.#checkIdle());
  }

  #checkIdle(): void {
    this.#idle = null;
    const { current } = this.snapshot.context;
    if (current !== null) this.#idleSince = this.#services.clock.now();
    const over = this.#services.clock.now() - this.#idleSince >= this.spec.idle_timeout_ms;
    if (over && !this.#isHeld) this.release("idle");
    else this.#watchIdle();
  }
}
