import type { EpisodeScore, EpisodeStep } from "../protocol/episode.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { EndReason, Evaluation, Failure, StepResult } from "../protocol/messages.ts";
import { type MaybePromise, whenSettled } from "../util/maybe-promise.ts";
import type { InstanceContext } from "./instance-context.ts";
import type { InstanceRequest, Run, StepRequest } from "./instance-requests.ts";
import { nextHash } from "./observation-hash.ts";
import type { Outcome, WorkerLink } from "./ports.ts";

const TRUNCATED: ReadonlySet<EndReason> = new Set(["max_steps", "finished", "force_quit"]);

/** Runs one request on the instance's worker and says how it ended. Never throws. */
export function runRequest(context: InstanceContext, request: InstanceRequest): MaybePromise<Run> {
  try {
    const run = start(context, request);
    return run instanceof Promise ? run.catch(broken) : run;
  } catch (error) {
    return broken(error);
  }
}

function start(context: InstanceContext, request: InstanceRequest): MaybePromise<Run> {
  switch (request.op) {
    case "step":
      return step(context, request);
    case "evaluate":
      return whenSettled(evaluation(context), (value) => answered(value, "answered"));
    case "finish":
      return whenSettled(evaluation({ ...context, end_reason: context.end_reason ?? "finished" }), (value) =>
        answered(value, "finished"),
      );
    case "inspect":
      return whenSettled(linkOf(context).inspect(idOf(context), request.query), (outcome) =>
        outcome.kind === "ok" ? { kind: "answered", value: outcome.value } : unanswered(outcome),
      );
  }
}

function step(context: InstanceContext, request: StepRequest): MaybePromise<Run> {
  const refusal = refuseStep(context, request);
  if (refusal) return { kind: "refused", error: refusal };
  return whenSettled(linkOf(context).step(idOf(context), request.action), (outcome) => {
    if (outcome.kind !== "ok") return unanswered(outcome);
    const { value } = outcome;
    const { max_steps } = context.spec;
    if (value.end_reason === "action_crash") return crash(context, request, value);
    if (value.end_reason !== null || max_steps === null || context.steps + 1 < max_steps) {
      return advance(context, request, value, value.reward, value.end_reason);
    }
    // The last step of a cut episode brings the sum of the rewards to what `evaluate` says, in every reward mode.
    return whenSettled(linkOf(context).evaluate(idOf(context)), (score) =>
      score.kind === "ok"
        ? advance(context, request, value, score.value.reward - context.reward_sum, "max_steps")
        : unanswered(score),
    );
  });
}

/** The step whose action crashed: its score is asked for at once, while the worker still has the instance. */
function crash(context: InstanceContext, request: StepRequest, value: EpisodeStep): MaybePromise<Run> {
  const run = advance(context, request, value, value.reward, "action_crash");
  return whenSettled(linkOf(context).evaluate(idOf(context)), (score) =>
    score.kind === "ok" && run.kind === "advanced" ? { ...run, crash_score: score.value } : run,
  );
}

function refuseStep(context: InstanceContext, request: StepRequest): ProtocolError | null {
  const { end_reason, steps } = context;
  if (request.step !== undefined && request.step !== steps) {
    return new ProtocolError("stale_step", `${steps} steps were done, not ${request.step}; nothing was run`, {
      details: { step: steps },
    });
  }
  if (end_reason === null) return null;
  return new ProtocolError("instance_terminated", `the episode ended (${end_reason}): evaluate or release it`);
}

function advance(
  context: InstanceContext,
  request: StepRequest,
  value: EpisodeStep,
  reward: number,
  end_reason: EndReason | null,
): Run {
  const { state, action, tools_added, reward_parts, info } = value;
  const is_terminated = end_reason !== null;
  const hash = nextHash(context.hash, state, reward, is_terminated);
  const result: StepResult = {
    state,
    reward,
    is_terminated,
    is_truncated: end_reason !== null && TRUNCATED.has(end_reason),
    info: { ...info, step: context.steps + 1, action, observation_hash: hash },
  };
  if (end_reason !== null) result.info.end_reason = end_reason;
  if (reward_parts) result.info.reward_parts = reward_parts;
  if (tools_added) result.info.tools_added = tools_added;
  return { kind: "advanced", action: request.action, result, hash, end_reason };
}

function evaluation(context: InstanceContext): MaybePromise<Outcome<Evaluation>> {
  if (context.failure) return { kind: "ok", value: failedEvaluation(context, context.failure) };
  if (context.crash_score) return { kind: "ok", value: scored(context, context.crash_score) };
  return whenSettled(linkOf(context).evaluate(idOf(context)), (outcome) =>
    outcome.kind === "ok" ? { kind: "ok", value: scored(context, outcome.value) } : outcome,
  );
}

function scored(context: InstanceContext, score: EpisodeScore): Evaluation {
  const { reward, success, verdict, reward_parts } = score;
  const value: Evaluation = {
    reward,
    success,
    failure: null,
    verdict,
    reward_parts,
    provenance: provenanceOf(context),
  };
  if (context.end_reason !== null) value.end_reason = context.end_reason;
  return value;
}

/** The evaluation of an episode that we failed: no reward, so that a trainer masks the sample. */
export function failedEvaluation(context: InstanceContext, failure: Failure): Evaluation {
  return {
    reward: null,
    success: null,
    failure,
    end_reason: "failure",
    verdict: {},
    reward_parts: null,
    provenance: provenanceOf(context),
  };
}

/** The step in which we failed: the episode is over and nothing of it was shown to the model. */
export function failedStep(context: InstanceContext, failure: Failure): StepResult {
  return {
    state: [],
    reward: null,
    is_terminated: true,
    is_truncated: false,
    info: {
      step: context.steps,
      action: { valid: true, format: null, parse_errors: [] },
      observation_hash: context.hash,
      end_reason: "failure",
      failure,
    },
  };
}

export function provenanceOf(context: InstanceContext): Evaluation["provenance"] {
  return { ...context.spec.provenance, prompt_sha256: context.start?.prompt_sha256 ?? null };
}

function answered(outcome: Outcome<Evaluation>, kind: "answered" | "finished"): Run {
  if (outcome.kind !== "ok") return unanswered(outcome);
  return kind === "finished" ? { kind, evaluation: outcome.value } : { kind, value: outcome.value };
}

function unanswered(outcome: Exclude<Outcome<unknown>, { kind: "ok" }>): Run {
  return outcome.kind === "error"
    ? { kind: "refused", error: outcome.error }
    : { kind: "failed", failure: outcome.failure };
}

function broken(error: unknown): Run {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", failure: { kind: "engine_error", message } };
}

function linkOf(context: InstanceContext): WorkerLink {
  return context.link ?? NO_LINK;
}

function idOf(context: InstanceContext): string {
  return context.spec.header.instance_id;
}

/** Where an instance stands whose worker is lost and whose log is not replayed. */
const noLink = (): Outcome<never> => ({
  kind: "failure",
  failure: { kind: "worker_lost", message: "the worker was lost, and the log of this episode is not replayed" },
});

const NO_LINK: WorkerLink = {
  worker_id: "",
  create: noLink,
  step: noLink,
  evaluate: noLink,
  inspect() {
    return noLink();
  },
  release: () => {},
};
