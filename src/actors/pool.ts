import { createActor } from "xstate";
import { ProtocolError } from "../protocol/errors.ts";
import type { SlotAsk, Slots } from "./instance-effects.ts";
import { type PoolContext, type PoolEvent, type PoolInput, poolMachine, waiting } from "./pool-machine.ts";
import type { Clock, Ids, Launcher, Worker } from "./ports.ts";
import { workerMachine } from "./worker-machine.ts";

export interface PoolPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly launcher: Launcher;
  workerReady(worker: Worker): void;
  launchFailed(message: string): void;
  /** A worker is gone: the instances that it held must hear of it. */
  workerLost(worker_id: string): void;
}

/** What a caller who was refused for want of room should wait, ms: about the time in which some instances end. */
const RETRY_AFTER_MS = 1000;

/** Runs the pool machine of one environment with its real workers. */
export class Pool implements Slots {
  readonly env_type: string;
  readonly #ports: PoolPorts;
  readonly #workers = new Map<string, { worker: Worker | null; stop: () => void }>();
  readonly #actor;
  #ended: (() => void)[] = [];

  constructor(input: PoolInput, ports: PoolPorts) {
    this.env_type = input.env_type;
    this.#ports = ports;
    const machine = poolMachine.provide({
      actions: {
        launch: () => this.#launch(),
        place: ({ context }) => this.#place(context),
        refuseFull: ({ context, event }) => {
          if (event.type !== "ASK") return;
          event.ask.refused(
            new ProtocolError("overloaded", `${context.queue_limit} creates wait for ${this.env_type} already`, {
              retry_after_ms: RETRY_AFTER_MS,
            }),
          );
        },
        refuseClosed: ({ event }) => {
          if (event.type === "ASK") event.ask.refused(closed());
        },
        refuseAll: ({ context, event }) => {
          const error =
            event.type === "LAUNCH_FAILED" ? new ProtocolError("unavailable_environment", event.message) : closed();
          for (const { refused } of context.queue.flatMap(({ asks }) => asks)) refused(error);
        },
        stopWorkers: () => {
          for (const { stop } of this.#workers.values()) stop();
          this.#checkEnded();
        },
      },
    });
    this.#actor = createActor(machine, { input, clock: ports.clock });
    this.#actor.start();
  }

  /** Launches what `min_workers` asks for. */
  start(): void {
    this.#send({ type: "START" });
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

  drain(): void {
    this.#send({ type: "DRAIN" });
  }

  /** Stops every worker; resolves when all are gone. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended.push(resolve);
      if (this.#actor.getSnapshot().status === "active") this.#send({ type: "STOP" });
      else this.#checkEnded();
    });
  }

  /** Asks in line. */
  get waiting(): number {
    return waiting(this.#actor.getSnapshot().context);
  }

  #send(event: PoolEvent): void {
    this.#actor.send(event);
  }

  #place(context: PoolContext): void {
    for (const { ask, worker_id } of context.placements) {
      const link = this.#workers.get(worker_id)?.worker?.link;
      if (link) ask.placed(link);
      else ask.refused(new ProtocolError("worker_lost", "the worker was lost before the instance reached it"));
    }
  }

  #launch(): void {
    const { ids, launcher, clock } = this.#ports;
    const worker_id = ids.worker(this.env_type);
    const record: { worker: Worker | null; stop: () => void } = { worker: null, stop: () => {} };
    this.#workers.set(worker_id, record);
    const actor = createActor(workerMachine, {
      clock,
      input: {
        worker_id,
        launcher,
        ready: (worker) => {
          record.worker = worker;
          this.#ports.workerReady(worker);
          this.#send({ type: "WORKER_READY", worker_id, capacity: worker.capacity });
        },
        failed: (message) => {
          this.#workers.delete(worker_id);
          this.#ports.launchFailed(message);
          this.#send({ type: "LAUNCH_FAILED", message });
          this.#checkEnded();
        },
        gone: () => {
          this.#workers.delete(worker_id);
          this.#send({ type: "WORKER_GONE", worker_id });
          this.#ports.workerLost(worker_id);
          this.#checkEnded();
        },
      },
    });
    record.stop = () => actor.send({ type: "STOP" });
    actor.start();
  }

  #checkEnded(): void {
    if (this.#workers.size > 0) return;
    for (const resolve of this.#ended) resolve();
    this.#ended = [];
  }
}

function closed(): ProtocolError {
  return new ProtocolError("shutting_down", "the server is shutting down and creates no more instances");
}
