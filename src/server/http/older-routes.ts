import type { Answer } from "../../actors/instance-requests.ts";
import { perform } from "../../actors/perform.ts";
import type { Caller, System } from "../../actors/system.ts";
import { floatRewards } from "../../protocol/codec.ts";
import { ERROR_CODES, ProtocolError } from "../../protocol/errors.ts";
import type { CreateResult, Evaluation, JsonObject, StepResult } from "../../protocol/messages.ts";
import { Float } from "../../protocol/msgpack-writer.ts";
import { parseRequest } from "../../protocol/ops.ts";
import { bearerToken, type Principals } from "../principals.ts";
import { type OlderBody, readBody, WrongBody } from "./older-body.ts";

/**
 * The HTTP routes of the older training-sandbox service, so that its clients work unchanged: POST with one form of body,
 * `{success, data}` back, `{detail}` on errors. Its shapes are kept, its defects are not (docs/http.md lists them).
 */
export interface OlderPorts {
  readonly system: System;
  readonly principals: Principals;
}

type Route = (ask: Ask, body: OlderBody) => Promise<Response>;

/** Sends a request of the protocol and waits for its answer; rejects with its ProtocolError. */
type Ask = <T>(frame: { op: string; [field: string]: unknown }) => Promise<T>;

const ROUTES: Readonly<Record<string, Route>> = {
  "/get_env_profile": async (ask, { env_type, params }) => {
    const split = params?.split ?? "train";
    const { task_ids } = await ask<{ task_ids: string[] }>({ op: "env_profile", env_type, split });
    return done(task_ids);
  },

  "/create": async (ask, { env_type, task_id, instance_id, params }) => {
    const { state, info } = await ask<CreateResult>({
      op: "create",
      env_type,
      task_id,
      instance_id,
      params: ours(params ?? {}),
    });
    return done({
      state,
      info: { ...info, test_id: info.task_id, tools_count: info.tools.length, questions_count: info.turns },
    });
  },

  "/step": async (ask, body) => {
    const { messages, step: done_before } = body;
    const action = Array.isArray(messages) ? messages.at(-1) : messages;
    const step = await ask<StepResult>({ op: "step", instance_id: nameOf(body), action, step: done_before });
    if (step.info.failure) return failed(step.info.failure.message);
    const { is_terminated, info } = step;
    // Older clients read `tool_calls` of every message.
    const state = step.state.map((message) => ({ ...message, tool_calls: message.tool_calls ?? [] }));
    return done(floatRewards({ state, reward: step.reward ?? 0, is_terminated, info }));
  },

  "/evaluate": async (ask, body) => {
    const instance_id = nameOf(body);
    const [score, about] = await Promise.all([
      ask<Evaluation>({ op: "evaluate", instance_id }),
      ask<JsonObject>({ op: "info", instance_id }),
    ]);
    if (score.failure) return failed(score.failure.message);
    return done(body.params?.sparse === true ? new Float(score.reward ?? 0) : floatRewards(report(score, about)));
  },

  "/get_info": async (ask, body) => {
    const about = await ask<JsonObject>({ op: "info", instance_id: nameOf(body) });
    return done(typeof about.tools === "string" ? `Available tools:\n${about.tools}` : "Available tools:\n");
  },

  "/release": async (ask, { instance_id }) => {
    if (!instance_id) return Response.json({ detail: "instance_id is required" }, { status: 400 });
    const { released } = await ask<{ released: boolean }>({ op: "release", instance_id });
    return Response.json({ success: released, data: null });
  },
};

/** Parameters that older clients send and that change nothing here. */
const IGNORED = new Set(["is_open_query", "data_path", "split", "sparse"]);

function ours(params: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !IGNORED.has(name)));
}

/** Answers a POST to one of the older routes; null for any other path. */
export function olderRoutes(request: Request, pathname: string, ports: OlderPorts): Promise<Response> | null {
  const route = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : undefined;
  return route ? answer(request, route, ports) : null;
}

async function answer(request: Request, route: Route, { system, principals }: OlderPorts): Promise<Response> {
  let body: OlderBody | null = null;
  try {
    const principal = principals.identify(bearerToken(request.headers));
    if (request.method !== "POST") return Response.json({ detail: "POST here" }, { status: 405 });
    // A page of another site can send a form or plain text without asking, but not JSON.
    if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
      return Response.json({ detail: "send content-type: application/json" }, { status: 415 });
    }
    body = await readBody(request);
    return await route((frame) => ask(system, { principal, holder: null }, frame), body);
  } catch (error) {
    return refusal(error, body?.instance_id ?? null);
  }
}

function ask<T>(system: System, caller: Caller, frame: { op: string; [field: string]: unknown }): Promise<T> {
  return new Promise((resolve, reject) => {
    const reply = (result: Answer<unknown>) =>
      result.kind === "ok" ? resolve(result.value as T) : reject(result.error);
    perform(system, caller, parseRequest({ id: 1, ...frame }), reply);
  });
}

function nameOf({ instance_id }: OlderBody): string {
  if (!instance_id) throw new ProtocolError("bad_request", "instance_id is required");
  return instance_id;
}

function done(data: unknown): Response {
  return Response.json({ success: true, data });
}

/** A failure of ours is an error that may be tried again, never a score. */
function failed(message: string): Response {
  return Response.json({ detail: message, code: "worker_lost", retryable: true }, { status: 503 });
}

function refusal(error: unknown, instance_id: string | null): Response {
  if (error instanceof WrongBody) return Response.json({ detail: error.detail }, { status: 422 });
  if (error instanceof ProtocolError && error.code === "bad_frame") {
    return Response.json({ detail: error.message }, { status: 422 });
  }
  const known = error instanceof ProtocolError ? error : new ProtocolError("internal", "a fault of the server");
  const { code, message, retryable, retry_after_ms, details } = known.toWire();
  const detail = code === "unknown_instance" ? `Instance ${instance_id} not found!` : message;
  const headers = retry_after_ms === undefined ? {} : { "retry-after": String(Math.ceil(retry_after_ms / 1000)) };
  return Response.json({ detail, code, retryable, details }, { status: ERROR_CODES[code].http, headers });
}

/** The older fields of an evaluation, then ours. */
function report(score: Evaluation, about: JsonObject): Record<string, unknown> {
  const solved = score.success === true;
  const task = String(about.task_id);
  return {
    valid: solved,
    accuracy: new Float(solved ? 1 : 0),
    total_count: 1,
    correct_count: solved ? 1 : 0,
    test_category: task.replace(/_\d+$/, ""),
    test_id: task,
    model_name: "env_handler",
    input_tokens: 0,
    output_tokens: 0,
    turn_count: typeof about.turn === "number" ? about.turn + 1 : null,
    completed: about.is_terminated ?? false,
    reward: score.reward,
    verdict: score.verdict,
    reward_parts: score.reward_parts,
  };
}
