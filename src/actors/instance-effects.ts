import { ProtocolError } from "../protocol/errors.ts";
import type { Emit } from "../protocol/events.ts";
import type { CreateResult, Failure } from "../protocol/messages.ts";
import type { Deadline, Deadlines } from "../util/deadlines.ts";
import { answer, ranEvent } from "./instance-answers.ts";
import type { InstanceContext } from "./instance-context.ts";
import { failureOf, type InstanceEvent } from "./instance-machine.ts";
import type { Answer, ReleaseReason, Run } from "./instance-requests.ts";
import type { EpisodeStore, WorkerLink } from "./ports.ts";
import { rebuild } from "./rebuild.ts";
import { provenanceOf, runRequest } from "./run-request.ts";

export interface SlotAsk {
  readonly instance_id: string;
  readonly principal: string;
  /** Instances of one create are placed together or not at all. */
  readonly group: { readonly id: string; readonly size: number; readonly session: string };
  /** An instance that lost its worker goes before new ones: its trainer has paid for the episode already. */
  readonly recovering: boolean;
  readonly placed: (link: WorkerLink) => void;
  readonly refused: (error: ProtocolError) => void;
}

/** Where an instance asks for a place on a worker and gives it back; the pool. */
export interface Slots {
  /** Exactly one of `placed` and `refused` is called, unless the ask is withdrawn first. */
  ask(ask: SlotAsk): void;
  withdraw(instance_id: string): void;
  free(worker_id: string): void;
  /** A worker let a deadline pass: it is given nothing until it gives a sign of life. */
  suspect(worker_id: string): void;
}

export interface InstancePorts {
  /** Float seconds from some beginning, fine enough to time a step. */
  stopwatch(): number;
  readonly emit: Emit;
  readonly deadlines: Deadlines;
  readonly store: EpisodeStore;
  readonly slots: Slots;
  /** The answer of the create. */
  created(instance_id: string, answer: Answer<CreateResult>): void;
  released(instance_id: string, reason: ReleaseReason): void;
}

/** What a caller who found no room should wait, ms: some instances end in about that time. */
const RETRY_AFTER_MS = 1000;

interface Args {
  readonly context: InstanceContext;
  readonly event: InstanceEvent;
  readonly self: { send(event: InstanceEvent): void };
}

/**
 * What the actions of the instance machine do in the world, for all instances of a pool: the machine is provided with
 * them once, because providing it for each instance would cost more than the instance.
 */
export function instanceEffects(ports: InstancePorts) {
  const { deadlines, store, slots, stopwatch, emit } = ports;
  const armed = new Map<string, Deadline>();
  /** When creates were asked for and placed; until they are answered. */
  const creates = new Map<string, { asked: number; placed: number }>();

  function arm({ context, self }: Args, ms: number): void {
    const id = idOf(context);
    disarm(id);
    const { epoch } = context;
    armed.set(
      id,
      deadlines.arm(ms, () => self.send({ type: "DEADLINE", epoch })),
    );
  }

  function disarm(id: string): void {
    const deadline = armed.get(id);
    if (deadline === undefined) return;
    deadlines.disarm(deadline);
    armed.delete(id);
  }

  /** The place is given away when the worker has freed it: until then its memory is taken. */
  function release(link: WorkerLink, instance_id: string): void {
    const freed = link.release(instance_id);
    if (freed instanceof Promise) freed.then(() => slots.free(link.worker_id));
    else slots.free(link.worker_id);
  }

  return {
    askForSlot(args: Args): void {
      const { context, self } = args;
      arm(args, context.spec.create_timeout_ms);
      const id = idOf(context);
      const recovering = context.start !== null;
      if (!recovering) creates.set(id, { asked: stopwatch(), placed: stopwatch() });
      slots.ask({
        instance_id: id,
        principal: context.spec.header.principal,
        group: recovering ? { ...context.spec.group, id, size: 1 } : context.spec.group,
        recovering,
        placed: (link) => self.send({ type: "PLACED", link }),
        refused: (error) => self.send({ type: "REFUSED", error }),
      });
    },

    build(args: Args): void {
      const { context, self } = args;
      const { epoch, link, spec } = context;
      if (!link) return;
      const create = creates.get(idOf(context));
      if (create) create.placed = stopwatch();
      const outcome = link.create(idOf(context), spec.header.request);
      if (!(outcome instanceof Promise)) return self.send({ type: "BUILT", epoch, outcome });
      arm(args, spec.create_timeout_ms);
      outcome.then(
        (value) => self.send({ type: "BUILT", epoch, outcome: value }),
        (error: unknown) => self.send({ type: "BUILT", epoch, outcome: { kind: "failure", failure: lost(error) } }),
      );
    },

    announceCreated({ context, event }: Args): void {
      if (event.type !== "BUILT" || event.outcome.kind !== "ok") return;
      const { header } = context.spec;
      const start = event.outcome.value;
      const { asked, placed } = creates.get(header.instance_id) ?? { asked: 0, placed: 0 };
      creates.delete(header.instance_id);
      emit({ kind: "created", env_type: header.env_type, waited: placed - asked, ran: stopwatch() - placed });
      store.open(header);
      ports.created(header.instance_id, {
        kind: "ok",
        value: {
          state: start.state,
          info: {
            ...start.info,
            instance_id: header.instance_id,
            task_id: header.request.task_id,
            tools: [...start.tools],
            seed: header.request.seed,
            provenance: provenanceOf({ ...context, start }),
          },
        },
      });
    },

    announceRefused({ context, event }: Args): void {
      const error = refusalOf(context, event);
      emit({ kind: "refused", env_type: context.spec.header.env_type, code: error.code });
      ports.created(idOf(context), { kind: "error", error });
    },

    dispatch(args: Args): void {
      const { context, event, self } = args;
      const { current, epoch, spec } = context;
      if (!current) return;
      const running = event.type === "REQUEST" ? event.running : undefined;
      const { begun, run } = running ?? { begun: stopwatch(), run: runRequest(context, current) };
      const done = (run: Run) => {
        emit(ranEvent(context, current, { run, begun, ended: stopwatch() }));
        self.send({ type: "DONE", epoch, run });
      };
      if (!(run instanceof Promise)) return done(run);
      arm(args, current.op === "evaluate" ? spec.evaluate_timeout_ms : spec.worker_timeout_ms);
      run.then(done);
    },

    rebuild(args: Args): void {
      const { context, self } = args;
      const { epoch, link, spec } = context;
      if (!link) return;
      arm(args, spec.create_timeout_ms);
      rebuild(store, idOf(context), link).then(
        (outcome) => self.send({ type: "REBUILT", epoch, outcome }),
        (error: unknown) => self.send({ type: "REBUILT", epoch, outcome: { kind: "failure", failure: lost(error) } }),
      );
    },

    answer({ context, event }: Args): void {
      if (event.type !== "DONE" || !context.current) return;
      answer(context.current, event.run, context, ports);
    },

    answerFailure({ context, event }: Args): void {
      if (!context.current) return;
      const failure = failureOf(event);
      answer(context.current, { kind: "failed", failure }, context, ports);
    },

    refuseFull({ context, event }: Args): void {
      if (event.type !== "REQUEST") return;
      const message = `${context.spec.queue_limit} requests wait for this instance: wait for answers before you send more`;
      event.request.reply({
        kind: "error",
        error: new ProtocolError("overloaded", message, { retry_after_ms: 100 }),
      });
    },

    proceed({ context, self }: Args): void {
      if (context.queue.length > 0) self.send({ type: "NEXT" });
    },

    disarm({ context }: Args): void {
      disarm(idOf(context));
    },

    letGo({ context, event }: Args): void {
      disarm(idOf(context));
      if (!context.link) return;
      if (isOverdue(event)) slots.suspect(context.link.worker_id);
      release(context.link, idOf(context));
    },

    leave({ context, event }: Args): void {
      const id = idOf(context);
      const reason = event.type === "RELEASE" ? event.reason : "failed";
      disarm(id);
      creates.delete(id);
      emit({ kind: "released", env_type: context.spec.header.env_type, reason });
      if (context.start === null && event.type === "RELEASE") {
        ports.created(id, { kind: "error", error: gone(reason) });
      }
      for (const request of context.current ? [context.current, ...context.queue] : context.queue) {
        request.reply({ kind: "error", error: gone(reason) });
      }
      if (context.link) {
        release(context.link, id);
      } else {
        slots.withdraw(id);
      }
      store.close(id);
      ports.released(id, reason);
    },
  };
}

/** Whether a worker did not answer in time. */
function isOverdue(event: InstanceEvent): boolean {
  if (event.type === "DONE") return event.run.kind === "failed" && event.run.failure.kind === "worker_timeout";
  if (event.type === "REBUILT") {
    return event.outcome.kind === "failure" && event.outcome.failure.kind === "worker_timeout";
  }
  return event.type === "DEADLINE";
}

function refusalOf(context: InstanceContext, event: InstanceEvent): ProtocolError {
  if (event.type === "REFUSED") return event.error;
  if (event.type === "BUILT" && event.outcome.kind === "error") return event.outcome.error;
  if (event.type === "BUILT" && event.outcome.kind === "failure") {
    return new ProtocolError("create_failed", event.outcome.failure.message);
  }
  if (event.type === "DEADLINE") {
    if (context.link) return new ProtocolError("timeout", "the instance was not created in time");
    return new ProtocolError("overloaded", "no worker had room in time: wait, or let instances go", {
      retry_after_ms: RETRY_AFTER_MS,
    });
  }
  return new ProtocolError("create_failed", "the worker was lost while it created the instance");
}

function gone(reason: ReleaseReason): ProtocolError {
  return new ProtocolError("cancelled", `the instance was let go (${reason}) before this request was answered`);
}

function lost(error: unknown): Failure {
  return { kind: "worker_lost", message: error instanceof Error ? error.message : String(error) };
}

function idOf(context: InstanceContext): string {
  return context.spec.header.instance_id;
}
