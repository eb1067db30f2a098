import type { Outcome } from "../actors/ports.ts";
import type { WorkerReply, WorkerRequest } from "../protocol/worker-frames.ts";
import { type MaybePromise, whenSettled } from "../util/maybe-promise.ts";
import type { EnvironmentHost } from "./environment-host.ts";

type HostRequest = Exclude<WorkerRequest, { op: "drain" }>;

/** What a host of native environments replies to a request: at once, unless its engine answers later. */
export function answerRequest(host: EnvironmentHost, request: HostRequest): MaybePromise<WorkerReply> {
  const { id } = request;
  switch (request.op) {
    case "profile": {
      const { profile, engine, data_sha256 } = host.catalogue;
      return { re: id, ok: { profile, engine, data_sha256 } };
    }
    case "tasks": {
      const { split, filter } = request;
      return replyOf(id, host.catalogue.tasks({ split, filter }), (tasks) => ({ tasks }));
    }
    case "create": {
      const { instance_id, task_id, params, seed, started_at } = request;
      return replyOf(id, host.create(instance_id, { task_id, params, seed, started_at }));
    }
    case "step":
      return replyOf(id, host.step(request.instance_id, request.action));
    case "evaluate":
      return replyOf(id, host.evaluate(request.instance_id));
    case "info":
      return replyOf(id, host.inspect(request.instance_id, request.query));
    case "release": {
      const before = host.size;
      host.release(request.instance_id);
      return { re: id, ok: { released: host.size < before } };
    }
    case "ping":
      return { re: id, ok: { instances: host.size, rss_bytes: process.memoryUsage.rss() } };
  }
}

function replyOf<T>(
  re: number,
  answer: MaybePromise<Outcome<T>>,
  shape: (value: T) => unknown = (value) => value,
): MaybePromise<WorkerReply> {
  return whenSettled(answer, (outcome): WorkerReply => {
    switch (outcome.kind) {
      case "ok":
        return { re, ok: shape(outcome.value) };
      case "error":
        return { re, err: outcome.error.toWire() };
      case "failure":
        return { re, failure: outcome.failure };
    }
  });
}
