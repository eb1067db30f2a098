import { createActor } from "xstate";
import { ProtocolError } from "../protocol/errors.ts";
import { backoff } from "../util/backoff.ts";
import type { Deadline, Deadlines } from "../util/deadlines.ts";
import type { Ticket, WorkerRecord } from "./admission.ts";
import type { SlotAsk, Slots } from "./instance-effects.ts";
import type { PoolContext, PoolInput } from "./pool-context.ts";
import { type PoolEvent, poolMachine } from "./pool-machine.ts";
import type { Clock, Ids, Launcher, Worker } from "./ports.ts";
import { workerMachine } from "./worker-machine.ts";
import { waiting } from "./workforce.ts";

export interface PoolSettings extends PoolInput {
  /** Milliseconds after which a worker that holds nothing is stopped, where there are more than are wanted. */
  readonly idle_ms: number;
  /** Bytes that a worker is thought to take before one has said it. */
  readonly worker_bytes: number;
}

export interface PoolPorts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly ids: Ids;
  readonly launcher: Launcher;
  /** Every worker that comes up, the first one before anything is placed on it. */
  workerReady(worker: Worker): void;
  /** The workers that were wanted at the start are there, or as many of them as come up. Told once. */
  warm(): void;
  /** There is no worker and why: those who waited were refused. */
  launchFailed(message: string): void;
  /** A worker is lost: the instances that it held must hear of it. */
  workerLost(worker_id: string): void;
  /** Workers came, went or grew: the memory has to be counted anew. */
  changed(): void;
}

/** What a caller who was refused for want of room should wait, ms: about the time in which some instances end. */
const RETRY_AFTER_MS = 1000;
/** Pauses after failures, ms. */
const PAUSE_MS = { first: 500, most: 60_000 };
/** A worker that lives for so long, ms, or was given an instance, has come up well: its loss is no sign that the next would be lost too. */
const STEADY_MS = 30_000;

interface Entry {
  worker: Worker | null;
  ready_at: number;
  idle: Deadline | null;
  stop(): void;
}

/** Runs the pool machine of one environment with its real workers. */
export class Pool implements Slots {
  readonly env_type: string;
  readonly #settings: PoolSettings;
  readonly #ports: PoolPorts;
  readonly #workers = new Map<string, Entry>();
  readonly #actor;
  #ended: (() => void)[] = [];
  #isWarm = false;
  #pause: Deadline | null = null;
  #failure = { at: Number.NEGATIVE_INFINITY, message: "" };
  #worker_bytes: number;

  constructor(settings: PoolSettings, ports: PoolPorts) {
    this.env_type = settings.env_type;
    this.#settings = settings;
    this.#ports = ports;
    this.#worker_bytes = settings.worker_bytes;
    const machine = poolMachine.provide({
      actions: {
        launch: () => this.#launch(ports.ids.worker(this.env_type), ports.launcher),
        place: ({ context }) => this.#place(context),
        refuse: ({ context }) => {
          for (const ticket of context.refused) this.#refuse([ticket], tooLarge(ticket, context));
        },
        refuseFull: ({ context, event }) => {
          const message = `${context.queue_limit} creates wait for ${this.env_type} already`;
          if (event.type !== "ASK") return;
          event.ask.refused(new ProtocolError("overloaded", message, { retry_after_ms: RETRY_AFTER_MS }));
        },
        refuseClosed: ({ event }) => {
          if (event.type === "ASK") event.ask.refused(closed());
        },
        refuseBroken: ({ context, event }) => {
          if (event.type === "ASK") event.ask.refused(this.#broken(context));
        },
        refuseAll: ({ context, event }) => {
          const isFailure = event.type === "LAUNCH_FAILED" || event.type === "WORKER_LOST";
          this.#refuse(context.queue, isFailure ? this.#broken(context) : closed());
        },
        endWorkers: ({ context }) => {
          for (const worker_id of context.ended) this.#workers.get(worker_id)?.stop();
        },
        pause: ({ context }) => this.#armPause(context.failures),
        watch: ({ context }) => this.#watch(context),
        giveUp: () => ports.launchFailed(this.#failure.message),
        stopWorkers: () => {
          for (const { stop } of this.#workers.values()) stop();
        },
      },
    });
    this.#actor = createActor(machine, { input: settings, clock: ports.clock });
    this.#actor.start();
    ports.launcher.onArrival?.((worker) => this.#adopt(worker));
  }

  /** Launches what `min_workers` asks for. */
  start(): void {
    this.#send({ type: "START" });
    if (this.#settings.max_workers > 0) return;
    this.#ports.launchFailed(`no worker of ${this.env_type} has dialled in yet`);
  }

  ask(ask: SlotAsk): void {
    this.#send({ type: "ASK", ask });
  }

  withdraw(instance_id: string): void {
    this.#send({ type: "WITHDRAW", instance_id });
  }

  free(worker_id: string): void {
    this.#send({ type: "FREED", worker_id });
  }

  suspect(worker_id: string): void {
    this.#send({ type: "SUSPECT", worker_id });
  }

  drain(): void {
    this.#send({ type: "DRAIN" });
  }

  /** Stops every worker; resolves when all are gone. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended.push(resolve);
      if (this.#actor.getSnapshot().status === "active") this.#send({ type: "STOP" });
      this.#checkEnded();
    });
  }

  /** Asks in line. */
  get waiting(): number {
    return waiting(this.#actor.getSnapshot().context);
  }

  /** Workers by what they do. */
  get load(): Readonly<Record<"launching" | "free" | "busy" | "retiring" | "stopping", number>> {
    const { workers, launching, stopping } = this.#actor.getSnapshot().context;
    const leaving = (worker: WorkerRecord) => worker.retiring || worker.suspect;
    const retiring = workers.filter(leaving).length;
    const busy = workers.filter((worker) => !leaving(worker) && worker.used > 0).length;
    return { launching, busy, free: workers.length - retiring - busy, retiring, stopping };
  }

  /** Bytes that the workers take, those that come and go as large as one is thought to be; and what one more would take. */
  get memory(): { readonly bytes: number; readonly worker_bytes: number } {
    const { workers, launching, stopping } = this.#actor.getSnapshot().context;
    const one = this.#worker_bytes;
    const launched = workers.filter(({ arrived }) => !arrived);
    const bytes = launched.reduce((sum, { rss_bytes }) => sum + (rss_bytes || one), (launching + stopping) * one);
    return { bytes, worker_bytes: one };
  }

  /** How many workers more the memory has room for; below zero it is over its limit. */
  allow(allowance: number): void {
    if (this.#actor.getSnapshot().context.allowance !== allowance) this.#send({ type: "BUDGET", allowance });
  }

  #send(event: PoolEvent): void {
    const before = this.#actor.getSnapshot().context;
    this.#actor.send(event);
    const { workers, launching, stopping } = this.#actor.getSnapshot().context;
    if (workers.length === before.workers.length && launching === before.launching && stopping === before.stopping) {
      if (event.type !== "HEALTH") return;
    }
    this.#ports.changed();
  }

  #place(context: PoolContext): void {
    for (const { ask, worker_id } of context.placements) {
      const link = this.#workers.get(worker_id)?.worker?.link;
      if (link) ask.placed(link);
      else ask.refused(new ProtocolError("worker_lost", "the worker was lost before the instance reached it"));
    }
  }

  #refuse(tickets: readonly Ticket[], error: ProtocolError): void {
    for (const { refused } of tickets.flatMap(({ asks }) => asks)) refused(error);
  }

  #broken({ failures, relaunch }: PoolContext): ProtocolError {
    const { message } = this.#failure;
    if (!relaunch) return new ProtocolError("unavailable_environment", message);
    const text = `no worker of ${this.env_type} comes up, ${failures} failures in a row; the last: ${message}`;
    return new ProtocolError("unavailable_environment", text, { retryable: true, retry_after_ms: PAUSE_MS.most });
  }

  #adopt(worker: Worker): void {
    if (this.#actor.getSnapshot().status !== "active") return void worker.stop();
    const { kind } = this.#ports.launcher;
    this.#launch(worker.link.worker_id, { kind, launch: () => Promise.resolve(worker) }, true);
  }

  #launch(worker_id: string, launcher: Launcher, arrived = false): void {
    const { clock, deadlines } = this.#ports;
    const entry: Entry = { worker: null, ready_at: 0, idle: null, stop: () => {} };
    this.#workers.set(worker_id, entry);
    const forget = () => {
      if (entry.idle) deadlines.disarm(entry.idle);
      entry.idle = null;
    };
    const actor = createActor(workerMachine, {
      clock,
      input: {
        worker_id,
        launcher,
        ready: (worker) => {
          entry.worker = worker;
          entry.ready_at = clock.now();
          this.#ports.workerReady(worker);
          worker.onHealth?.(({ rss_bytes }) => this.#measured(worker_id, rss_bytes));
          this.#send({ type: "WORKER_READY", worker_id, capacity: worker.capacity, arrived });
        },
        failed: (message) => {
          this.#workers.delete(worker_id);
          this.#noteFailure(message);
          this.#send({ type: "LAUNCH_FAILED", message });
          this.#checkEnded();
        },
        lost: (message) => {
          forget();
          const { workers } = this.#actor.getSnapshot().context;
          const served = workers.find((worker) => worker.worker_id === worker_id)?.served ?? 0;
          const early = !arrived && served === 0 && clock.now() - entry.ready_at < STEADY_MS;
          if (early) this.#noteFailure(message);
          this.#send({ type: "WORKER_LOST", worker_id, early, message });
          this.#ports.workerLost(worker_id);
        },
        gone: () => {
          forget();
          this.#workers.delete(worker_id);
          this.#send({ type: "WORKER_GONE", worker_id });
          this.#checkEnded();
        },
      },
    });
    entry.stop = () => {
      forget();
      actor.send({ type: "STOP" });
    };
    actor.start();
  }

  #measured(worker_id: string, rss_bytes: number): void {
    const known = this.#actor.getSnapshot().context.workers.find((worker) => worker.worker_id === worker_id);
    // The first heartbeat of a worker, before it has grown, says what another one would take.
    if (known?.rss_bytes === 0) this.#worker_bytes = rss_bytes;
    this.#send({ type: "HEALTH", worker_id, rss_bytes });
  }

  /** Failures count in a row: a worker that came up since the last one and lives on ends the row. */
  #noteFailure(message: string): void {
    const now = this.#ports.clock.now();
    const { at } = this.#failure;
    const isSteady = [...this.#workers.values()].some(
      ({ worker, ready_at }) => worker !== null && ready_at > at && now - ready_at >= STEADY_MS,
    );
    if (isSteady) this.#send({ type: "STEADY" });
    this.#failure = { at: now, message };
  }

  #armPause(failures: number): void {
    const { deadlines } = this.#ports;
    if (this.#pause) deadlines.disarm(this.#pause);
    const pause = backoff(failures - 2, PAUSE_MS.first, PAUSE_MS.most, Math.random);
    this.#pause = deadlines.arm(pause, () => {
      this.#pause = null;
      this.#send({ type: "RETRY" });
    });
  }

  /** Keeps an idle clock on every worker that holds nothing, while there are more than `min_workers`. */
  #watch({ workers, launching, min_workers }: PoolContext): void {
    const { deadlines } = this.#ports;
    if (!this.#isWarm && workers.length > 0 && launching === 0) {
      this.#isWarm = true;
      this.#ports.warm();
    }
    for (const { worker_id, used, arrived } of workers) {
      const entry = this.#workers.get(worker_id);
      if (!entry) continue;
      const isFree = used === 0 && !arrived && workers.length > min_workers;
      if (isFree && !entry.idle) {
        entry.idle = deadlines.arm(this.#settings.idle_ms, () => {
          entry.idle = null;
          this.#send({ type: "IDLE", worker_id });
        });
      }
      if (!isFree && entry.idle) {
        deadlines.disarm(entry.idle);
        entry.idle = null;
      }
    }
  }

  #checkEnded(): void {
    if (this.#actor.getSnapshot().status === "active" || this.#workers.size > 0) return;
    if (this.#pause) this.#ports.deadlines.disarm(this.#pause);
    this.#pause = null;
    for (const resolve of this.#ended) resolve();
    this.#ended = [];
  }
}

function closed(): ProtocolError {
  return new ProtocolError("shutting_down", "the server is shutting down and creates no more instances");
}

function tooLarge({ size }: Ticket, { env_type, max_workers, worker_capacity }: PoolContext): ProtocolError {
  const most = max_workers * worker_capacity;
  return new ProtocolError("bad_request", `n is ${size}; there is room for ${most} instances of ${env_type} at once`);
}
