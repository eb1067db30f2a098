import type { Outcome } from "../actors/ports.ts";
import type { WorkerReply, WorkerRequest } from "../protocol/worker-frames.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { EnvironmentHost } from "./environment-host.ts";

type HostRequest = Exclude<WorkerRequest, { op: "drain" }>;

/** What a host of native environments replies to a request: at once, as its engines do. */
export function answerRequest(host: EnvironmentHost, request: HostRequest): WorkerReply {
  const { id } = request;
  switch (request.op) {
    case "profile": {
      const { profile, engine, data_sha256 } = host.catalogue;
      return { re: id, ok: { profile, engine, data_sha256 } };
    }
    case "tasks": {
      const { split, filter } = request;
      return replyOf(id, atOnce(host.catalogue.tasks({ split, filter })), (tasks) => ({ tasks }));
    }
    case "create": {
      const { instance_id, task_id, params, seed, started_at } = request;
      return replyOf(id, atOnce(host.create(instance_id, { task_id, params, seed, started_at })));
    }
    case "step":
      return replyOf(id, atOnce(host.step(request.instance_id, request.action)));
    case "evaluate":
      return replyOf(id, atOnce(host.evaluate(request.instance_id)));
    case "info":
      return replyOf(id, atOnce(host.inspect(request.instance_id, request.query)));
    case "release": {
      const before = host.size;
      host.release(request.instance_id);
      return { re: id, ok: { released: host.size < before } };
    }
    case "ping":
      return { re: id, ok: { instances: host.size, rss_bytes: process.memoryUsage.rss() } };
  }
}

function replyOf<T>(re: number, outcome: Outcome<T>, shape: (value: T) => unknown = (value) => value): WorkerReply {
  switch (outcome.kind) {
    case "ok":
      return { re, ok: shape(outcome.value) };
    case "error":
      return { re, err: outcome.error.toWire() };
    case "failure":
      return { re, failure: outcome.failure };
  }
}

function atOnce<T>(value: MaybePromise<T>): T {
  if (value instanceof Promise) throw new Error("a native environment answers at once");
  return value;
}
