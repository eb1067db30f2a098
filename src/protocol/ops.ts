import { z } from "zod";
import { ProtocolError } from "./errors.ts";
import { isRecord, type RequestFrame } from "./frames.ts";
import { WIRE_LIMITS, type WireLimits } from "./limits.ts";
import type { Json, Message } from "./messages.ts";

/**
 * The payload of every op, as docs/protocol.md has it. Unknown fields are ignored, so that an older server serves a newer
 * client; a wrong field is `bad_request` and names what is expected.
 */
const json = z.record(
  z.string(),
  z.custom<Json>((value) => isJson(value), "expected a JSON value"),
);
const labels = z
  .record(z.string(), z.string().max(256))
  .refine(
    (value) => Object.keys(value).every((key) => key.length <= 64),
    "the name of a label has at most 64 characters",
  )
  .refine((value) => Object.keys(value).length <= 16, "at most 16 labels");
const MOST_NAME = 256;
const name = z.string().min(1).max(MOST_NAME);
/** A task is named by its id; a whole number is the index that older clients send. */
const task_id = z.union([name, z.int().min(0).transform(String)], { error: "expected the id of a task, a text" });

const schemas = {
  hello: z.object({
    version: z.int().default(1),
    token: z.string().optional(),
    resume: z.object({ session: name }).optional(),
    client: z.string().max(256).optional(),
  }),
  tasks: z.object({
    env_type: name,
    split: name.nullable().default(null),
    filter: json.default({}),
    limit: z.int().min(1).max(10_000).default(1000),
    cursor: z.string().nullable().default(null),
  }),
  env_profile: z.object({ env_type: name, split: name.nullable().default(null), filter: json.default({}) }),
  create: z.object({
    env_type: name,
    task_id,
    params: json.default({}),
    seed: z.int().nullable().default(null),
    n: z.int().min(1).nullable().default(null),
    labels: labels.default({}),
    expect: json.default({}),
    instance_id: z
      .string()
      .regex(/^[\w.:-]{1,128}$/, "1 to 128 letters, digits and . : _ -")
      .nullable()
      .default(null),
  }),
  evaluate: z.object({ instance_id: name }),
  finish: z.object({ instance_id: name }),
  info: z.object({ instance_id: name, query: json.default({}) }),
  fork: z.object({ instance_id: name, at: z.int().min(0).optional(), n: z.int().min(1).default(1) }),
  cancel: z
    .object({ instance_ids: z.array(name).default([]), labels: labels.default({}) })
    .refine(
      (value) => value.instance_ids.length > 0 || Object.keys(value.labels).length > 0,
      "name `instance_ids`, or `labels` that the instances carry",
    ),
  release: z.object({ instance_id: name }),
  watch: z.object({ instance_id: name.optional() }),
  ack: z.object({ upto: z.int().min(0) }),
  ping: z.object({}),
};

type Payloads = { [Op in keyof typeof schemas]: z.output<(typeof schemas)[Op]> } & { step: StepPayload };

/** One action in. `step` is the number of steps the caller believes were done. */
export interface StepPayload {
  instance_id: string;
  action: Message;
  step?: number;
}

export type Op = keyof Payloads;

/** A request that was checked: `op` tells which fields it has. */
export type Request = { [O in Op]: { id: number; op: O } & Payloads[O] }[Op];

/** The fields that a caller may leave out or must give. */
export type RequestInput<O extends Op> = O extends "step"
  ? StepPayload
  : O extends "ping"
    ? unknown
    : O extends keyof typeof schemas
      ? z.input<(typeof schemas)[O]>
      : never;

export const OPS: readonly Op[] = [...(Object.keys(schemas) as (keyof typeof schemas)[]), "step"];
/** Ops that have a name and a form, and are refused by this server. */
const RESERVED: ReadonlySet<Op> = new Set(["fork", "watch"]);

/** Checks a request frame. Throws `unsupported_op`, `bad_request`. */
export function parseRequest(frame: RequestFrame): Request {
  const { id, op } = frame;
  // By far the most frequent request, and the one whose cost is part of every step: checked by hand.
  if (op === "step") return { id, op, ...parseStep(frame) };
  if (!Object.hasOwn(schemas, op)) {
    const served = OPS.filter((each) => !RESERVED.has(each)).join(", ");
    throw new ProtocolError("unsupported_op", `no op "${op.slice(0, 64)}"; there are: ${served}`);
  }
  const known = op as keyof typeof schemas;
  const parsed = schemas[known].safeParse(withoutNulls(frame));
  if (!parsed.success) throw new ProtocolError("bad_request", `${op}: ${explain(parsed.error)}`);
  return { id, op: known, ...parsed.data } as Request;
}

/** Null is the same as no field at all: clients of other languages send what was not given as null. */
function withoutNulls(frame: RequestFrame): Record<string, unknown> {
  if (!Object.values(frame).includes(null)) return frame;
  return Object.fromEntries(Object.entries(frame).filter(([, value]) => value !== null));
}

/**
 * By hand and not by z.json, whose refusal names nothing and which follows a value of this process into its own cycles;
 * what came over a socket is no deeper than the limits anyway.
 */
function isJson(value: unknown, levels = WIRE_LIMITS.depth): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || levels === 0) return false;
  // Object.values copies a list first, which on a large one takes ten times as long as the check.
  const values: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return values.every((inner) => isJson(inner, levels - 1));
}

/** What is wrong with a value, in one line: each field with what it should be. */
export function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

function parseStep(frame: Record<string, unknown>): StepPayload {
  const { instance_id, step } = frame;
  if (typeof instance_id !== "string" || instance_id === "" || instance_id.length > MOST_NAME) {
    throw new ProtocolError("bad_request", `step: instance_id: expected a text of 1 to ${MOST_NAME} characters`);
  }
  const payload: StepPayload = { instance_id, action: parseAction(frame) };
  if (step === undefined || step === null) return payload;
  if (!Number.isSafeInteger(step) || Number(step) < 0) {
    throw new ProtocolError("bad_request", "step: step: expected the whole number of steps that were done");
  }
  payload.step = Number(step);
  return payload;
}

function parseAction(frame: Record<string, unknown>): Message {
  const { messages } = frame;
  if (Array.isArray(messages) && messages.length !== 1 && frame.action === undefined) {
    throw new ProtocolError("bad_request", "step: messages: expected one assistant message");
  }
  const action = frame.action ?? (Array.isArray(messages) ? messages[0] : messages);
  return checkAction(action);
}

/** An action is an assistant message: text, tool calls, or both. Fields that are no part of it are dropped. */
export function checkAction(action: unknown): Message {
  if (!isRecord(action))
    throw new ProtocolError("bad_request", 'step: action: expected {role: "assistant", content, tool_calls?}');
  const { role = "assistant", content = null, tool_calls } = action;
  if (role !== "assistant" && role !== "user") {
    throw new ProtocolError("bad_request", "step: action.role: expected assistant");
  }
  if (content !== null && typeof content !== "string") {
    throw new ProtocolError("bad_request", "step: action.content: expected a text or null");
  }
  const message: Message = { role: "assistant", content };
  if (tool_calls === undefined || tool_calls === null) return message;
  if (!Array.isArray(tool_calls)) throw new ProtocolError("bad_request", "step: action.tool_calls: expected a list");
  message.tool_calls = tool_calls.map((call: unknown, index) => {
    const called = isRecord(call) && isRecord(call.function) ? call.function : null;
    if (!isRecord(call) || typeof called?.name !== "string" || typeof called.arguments !== "string") {
      throw new ProtocolError(
        "bad_request",
        `step: action.tool_calls.${index}: expected {id, type: "function", function: {name, arguments}} with arguments as a JSON text`,
      );
    }
    const id = typeof call.id === "string" ? call.id : `call_${index}`;
    return { id, type: "function", function: { name: called.name, arguments: called.arguments } };
  });
  return message;
}

/** What `welcome` tells a client. */
export interface Welcome {
  session: string;
  resumed: boolean;
  version: number;
  server: string;
  limits: Partial<WireLimits>;
  environments: unknown[];
  endpoints: string[];
}
