import { z } from "zod";
import { ProtocolError } from "./errors.ts";
import { type FailureReply, framesOf, isRecord, type Reply, type RequestFrame } from "./frames.ts";
import type { WireLimits } from "./limits.ts";
import type { Json, JsonObject, Message } from "./messages.ts";

/**
 * The frames of `/v1/worker`, as docs/protocol.md has them. A worker says `hello`; from then on the server asks and the
 * worker answers. What stands in its answers is checked by worker-answers.ts.
 */
const name = z.string().min(1).max(256);
const object = z.record(z.string(), z.custom<Json>());
const seconds = z.number().positive();

const hello = z.object({
  role: z.literal("worker"),
  version: z.int(),
  token: z.string().optional(),
  worker_id: name.optional(),
  env_types: z.array(name).min(1).max(64),
  capacity: z.int().min(1),
  env_version: z.string().max(256).optional(),
});

/** What a worker says of itself: its environments, and how many instances of each it holds at once. */
export type WorkerHello = z.output<typeof hello>;

/** What a worker is told when it was taken in. */
export interface WorkerWelcome {
  worker_id: string;
  version: number;
  server: string;
  limits: Partial<WireLimits>;
  /** Seconds between two `ping`s of the server; a worker that hears nothing for much longer may end itself. */
  heartbeat_s: number;
}

const schemas = {
  profile: z.object({ env_type: name }),
  tasks: z.object({ env_type: name, split: z.string(), filter: object }),
  create: z.object({
    instance_id: name,
    env_type: name,
    task_id: z.string(),
    params: object,
    seed: z.int().nullable(),
    started_at: z.number(),
    timeout_s: seconds,
  }),
  step: z.object({ instance_id: name, action: z.custom<Message>(isRecord), timeout_s: seconds }),
  evaluate: z.object({ instance_id: name, timeout_s: seconds }),
  info: z.object({ instance_id: name, query: object }),
  release: z.object({ instance_id: name }),
  drain: z.object({}),
  ping: z.object({}),
};

export type WorkerOp = keyof typeof schemas;

/** The fields of each request to a worker. */
export type WorkerPayload<O extends WorkerOp> = z.output<(typeof schemas)[O]>;

/** A request to a worker, checked: `op` tells which fields it has. */
export type WorkerRequest = { [O in WorkerOp]: { id: number; op: O } & WorkerPayload<O> }[WorkerOp];

export const WORKER_OPS = Object.keys(schemas) as readonly WorkerOp[];

/** The one answer of a worker: a result, the caller's mistake, or our own failure. */
export type WorkerReply = Reply | FailureReply;

/** Checks the `hello` of a worker. Throws `bad_frame`. */
export function parseWorkerHello(frame: RequestFrame): WorkerHello {
  if (frame.op !== "hello") throw new ProtocolError("bad_frame", "the first frame of a worker is `hello`");
  const parsed = hello.safeParse(frame);
  if (parsed.success) return parsed.data;
  throw new ProtocolError("bad_frame", `hello of a worker: ${z.prettifyError(parsed.error)}`);
}

/** Checks a request, on the worker's side. Throws `unsupported_op`, `bad_request`. */
export function parseWorkerRequest(frame: RequestFrame): WorkerRequest {
  const { id, op } = frame;
  if (!Object.hasOwn(schemas, op)) {
    throw new ProtocolError("unsupported_op", `no op "${op.slice(0, 64)}"; there are: ${WORKER_OPS.join(", ")}`);
  }
  const known = op as WorkerOp;
  const parsed = schemas[known].safeParse(frame);
  if (!parsed.success) throw new ProtocolError("bad_request", `${op}: ${z.prettifyError(parsed.error)}`);
  return { id, op: known, ...parsed.data } as WorkerRequest;
}

const failure = z.object({
  kind: z.enum(["worker_lost", "worker_timeout", "diverged", "engine_error", "create_failed"]).catch("engine_error"),
  message: z.string().catch("the worker gave no reason"),
});

/** The replies in a message of a worker. Throws `bad_frame`, `too_large`. */
export function workerRepliesOf(value: unknown, limits: Pick<WireLimits, "batch">): WorkerReply[] {
  return framesOf(value, limits).map((frame) => {
    const { re, err } = frame;
    if (!Number.isSafeInteger(re)) throw new ProtocolError("bad_frame", "a worker sends replies: `re` is a number");
    if (isRecord(frame.failure)) return { re: Number(re), failure: failure.parse(frame.failure) };
    if ("ok" in frame || (isRecord(err) && typeof err.code === "string")) return frame as unknown as Reply;
    throw new ProtocolError("bad_frame", "a reply of a worker has `ok`, `err` or `failure`");
  });
}

/** The action's clock that a create asks for, seconds; null where it leaves that to the environment. */
export function actionTimeoutOf(params: JsonObject): number | null {
  const { action_timeout_s } = params;
  return typeof action_timeout_s === "number" && action_timeout_s > 0 ? action_timeout_s : null;
}
