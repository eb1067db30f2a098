import { ProtocolError } from "../protocol/errors.ts";
import type { Emit, WellEvent } from "../protocol/events.ts";
import type { EndReason, Failure } from "../protocol/messages.ts";
import type { InstanceContext } from "./instance-context.ts";
import type { Answer, InstanceRequest, Run, TimedRun } from "./instance-requests.ts";
import type { EpisodeStore } from "./ports.ts";
import { failedEvaluation, failedStep } from "./run-request.ts";

/** What a run is to whoever counts. `context` is as it was before the run was recorded. */
export function ranEvent(
  context: InstanceContext,
  { op, asked_at }: InstanceRequest,
  { run, begun, ended }: TimedRun,
): WellEvent {
  const info = run.kind === "advanced" ? run.result.info : null;
  return {
    kind: "ran",
    env_type: context.spec.header.env_type,
    op,
    waited: begun - asked_at,
    ran: ended - begun,
    end_reason: endOf(context, run),
    parse_errors: info?.action.parse_errors.length ?? 0,
  };
}

/** Why an episode ended with this run, null when it goes on or had ended before. */
function endOf(context: InstanceContext, run: Run): EndReason | null {
  if (run.kind === "advanced") return run.end_reason;
  return run.kind === "finished" && context.end_reason === null ? "finished" : null;
}

/** Answers a request with what its run gave. */
export function answer(
  request: InstanceRequest,
  run: Run,
  context: InstanceContext,
  { store, emit }: { readonly store: EpisodeStore; readonly emit: Emit },
): void {
  switch (run.kind) {
    case "advanced": {
      const { action, hash, result, end_reason } = run;
      const entry = {
        ...{ action, observation_hash: hash },
        ...(end_reason === "action_crash" ? { crash_score: run.crash_score ?? null } : {}),
      };
      // Before the reply leaves: what the caller was told is in the log.
      store.append(
        context.spec.header.instance_id,
        end_reason === "max_steps" ? { ...entry, cut_reward: result.reward ?? 0 } : entry,
      );
      if (request.op === "step") request.reply({ kind: "ok", value: result });
      return;
    }
    case "finished":
      if (request.op === "finish") request.reply({ kind: "ok", value: run.evaluation });
      return;
    case "answered":
      // The value is the one that runRequest made for this very request.
      (request.reply as (answer: Answer<unknown>) => void)({ kind: "ok", value: run.value });
      return;
    case "refused":
      request.reply({ kind: "error", error: run.error });
      return;
    case "failed":
      emit({ kind: "failed", env_type: context.spec.header.env_type, failure: run.failure.kind });
      return answerFailed(context, request, run.failure);
  }
}

function answerFailed(context: InstanceContext, request: InstanceRequest, failure: Failure): void {
  switch (request.op) {
    case "step":
      return request.reply({ kind: "ok", value: failedStep(context, failure) });
    case "evaluate":
    case "finish":
      return request.reply({ kind: "ok", value: failedEvaluation(context, failure) });
    case "inspect":
      return request.reply({ kind: "error", error: new ProtocolError("worker_lost", failure.message) });
  }
}
