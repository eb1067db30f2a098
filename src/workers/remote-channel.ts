import type { Outcome } from "../actors/ports.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { RequestFrame } from "../protocol/frames.ts";
import { answers, type WorkerHealth } from "../protocol/worker-answers.ts";
import type { WorkerOp, WorkerPayload, WorkerReply } from "../protocol/worker-frames.ts";
import type { Deadline, Deadlines } from "../util/deadlines.ts";

/** What carries frames to a worker: a WebSocket, or a thread's port. */
export interface FrameSink {
  send(frame: RequestFrame): void;
  /** Ends the worker's side; nothing is sent after it. */
  close(reason: string): void;
}

/** Deadlines of a worker that is not in this process, milliseconds. */
export interface RemoteLimits {
  readonly create_ms: number;
  /** Our own deadline for a step; the action's clock, which the worker is told, is shorter. */
  readonly step_ms: number;
  readonly evaluate_ms: number;
  /** A release frees an instance whatever it is doing: a worker that cannot do that is lost. */
  readonly release_ms: number;
  /** Between two heartbeats. */
  readonly heartbeat_ms: number;
  /** A heartbeat that is not answered for this long: the worker is lost. */
  readonly silence_ms: number;
}

export const REMOTE_LIMITS: RemoteLimits = {
  create_ms: 120_000,
  step_ms: 60_000,
  evaluate_ms: 60_000,
  release_ms: 30_000,
  heartbeat_ms: 5_000,
  silence_ms: 30_000,
};

interface Pending {
  readonly settle: (reply: WorkerReply) => void;
  readonly deadline: Deadline;
  readonly instance_id: string | null;
}

/**
 * The server's side of one worker: numbers the requests, matches the replies, and holds a deadline for each. Once it is
 * lost every request ends with the failure `worker_lost`, those that were under way and those to come.
 */
export class RemoteChannel {
  readonly worker_id: string;
  readonly limits: RemoteLimits;
  /** Settles when the worker is lost or was closed, with why. */
  readonly gone: Promise<string>;
  readonly #sink: FrameSink;
  readonly #deadlines: Deadlines;
  readonly #pending = new Map<number, Pending>();
  readonly #resolveGone: (reason: string) => void;
  #lastId = 0;
  #lost: string | null = null;
  #heartbeat: Deadline | null = null;

  constructor(worker_id: string, sink: FrameSink, deadlines: Deadlines, limits: RemoteLimits) {
    this.worker_id = worker_id;
    this.limits = limits;
    this.#sink = sink;
    this.#deadlines = deadlines;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.gone = promise;
    this.#resolveGone = resolve;
  }

  /** Requests that have no reply yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Asks the worker; `read` checks the `ok` and throws on a wrong one. Never rejects. */
  ask<O extends WorkerOp, T>(
    op: O,
    payload: WorkerPayload<O>,
    timeout_ms: number,
    read: (ok: unknown) => T,
  ): Promise<Outcome<T>> {
    if (this.#lost !== null) return Promise.resolve(lost(this.#lost));
    const id = ++this.#lastId;
    const instance_id = "instance_id" in payload ? payload.instance_id : null;
    return new Promise((resolve) => {
      const deadline = this.#deadlines.arm(timeout_ms, () => {
        this.#pending.delete(id);
        const message = `the worker did not answer "${op}" within ${timeout_ms / 1000} s`;
        resolve({ kind: "failure", failure: { kind: "worker_timeout", message } });
      });
      this.#pending.set(id, { settle: (reply) => resolve(outcomeOf(reply, read)), deadline, instance_id });
      this.#sink.send({ id, op, ...payload });
    });
  }

  receive(replies: readonly WorkerReply[]): void {
    for (const reply of replies) {
      const pending = this.#pending.get(reply.re);
      // A reply that came after its deadline has no reader any more.
      if (!pending) continue;
      this.#pending.delete(reply.re);
      this.#deadlines.disarm(pending.deadline);
      pending.settle(reply);
    }
  }

  /** Nobody waits any more for what this instance was asked: it is being let go, and its answers are not settled. */
  forget(instance_id: string): void {
    for (const [id, pending] of this.#pending) {
      if (pending.instance_id !== instance_id) continue;
      this.#pending.delete(id);
      this.#deadlines.disarm(pending.deadline);
    }
  }

  /** Asks for a sign of life again and again; a worker that gives none is lost. */
  watch(told: (health: WorkerHealth) => void): void {
    const { heartbeat_ms, silence_ms } = this.limits;
    const beat = async () => {
      this.#heartbeat = null;
      const outcome = await this.ask("ping", {}, silence_ms, answers.ping);
      if (this.#lost !== null) return;
      if (outcome.kind !== "ok") return this.lose(`no heartbeat: ${reasonOf(outcome)}`);
      told(outcome.value);
      this.#heartbeat = this.#deadlines.arm(heartbeat_ms, beat);
    };
    this.#heartbeat = this.#deadlines.arm(heartbeat_ms, beat);
  }

  /** The worker is lost, or no longer wanted. Idempotent; the first reason stays. */
  lose(reason: string): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    if (this.#heartbeat) this.#deadlines.disarm(this.#heartbeat);
    this.#heartbeat = null;
    const open = [...this.#pending.values()];
    this.#pending.clear();
    for (const { deadline } of open) this.#deadlines.disarm(deadline);
    this.#sink.close(reason);
    this.#resolveGone(reason);
    // A turn later: the pool hears of the loss first, or it would place those that recover on this very worker again.
    setTimeout(() => {
      for (const { settle } of open) settle(lostReply(reason));
    }, 0);
  }
}

function outcomeOf<T>(reply: WorkerReply, read: (ok: unknown) => T): Outcome<T> {
  if ("failure" in reply) return { kind: "failure", failure: reply.failure };
  if ("err" in reply) return { kind: "error", error: ProtocolError.fromWire(reply.err) };
  try {
    return { kind: "ok", value: read(reply.ok) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "failure", failure: { kind: "engine_error", message } };
  }
}

/** Why there was no answer, as text. */
export function reasonOf(outcome: Exclude<Outcome<unknown>, { kind: "ok" }>): string {
  return outcome.kind === "error" ? outcome.error.message : outcome.failure.message;
}

function lost(message: string): Outcome<never> {
  return { kind: "failure", failure: { kind: "worker_lost", message } };
}

function lostReply(message: string): WorkerReply {
  return { re: 0, failure: { kind: "worker_lost", message } };
}
