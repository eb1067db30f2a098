import type { EpisodeScore, EpisodeStart } from "../protocol/episode.ts";
import type { EndReason, EnvironmentProfile, Failure, Provenance } from "../protocol/messages.ts";
import type { InstanceRequest, ReleaseReason, Run } from "./instance-requests.ts";
import type { EpisodeHeader, WorkerLink } from "./ports.ts";

/** What never changes of an instance. */
export interface InstanceSpec {
  readonly header: EpisodeHeader;
  /** The create this instance belongs to: `size` instances, placed together or not at all; `session` asked for it, "" without one. */
  readonly group: { readonly id: string; readonly size: number; readonly session: string };
  readonly provenance: Omit<Provenance, "prompt_sha256">;
  /** Whether the log rebuilds the instance; with `none` a lost worker ends the episode with a failure. */
  readonly replay: EnvironmentProfile["replay"];
  /** Steps after which the episode is cut; null for no limit of ours. */
  readonly max_steps: number | null;
  readonly queue_limit: number;
  readonly create_timeout_ms: number;
  readonly worker_timeout_ms: number;
  readonly evaluate_timeout_ms: number;
  readonly idle_timeout_ms: number;
  readonly lifetime_ms: number | null;
}

/** What the machine of an instance holds. */
export interface InstanceContext {
  readonly spec: InstanceSpec;
  /** Rises with everything that makes earlier answers and deadlines stale. */
  readonly epoch: number;
  /** Null while it has no worker: before it was placed, and after its worker was lost. */
  readonly link: WorkerLink | null;
  readonly start: EpisodeStart | null;
  readonly steps: number;
  readonly reward_sum: number;
  readonly hash: string;
  readonly end_reason: EndReason | null;
  readonly failure: Failure | null;
  /** The score of an episode that its action crashed, as it was then. */
  readonly crash_score: EpisodeScore | null;
  readonly current: InstanceRequest | null;
  readonly queue: readonly InstanceRequest[];
  /** Rebuilds tried for the current request. */
  readonly tries: number;
  readonly released: ReleaseReason | null;
}

/** Where an instance at rest stands. */
export function restOf({ end_reason, steps }: InstanceContext): "created" | "waiting" | "terminated" {
  if (end_reason !== null) return "terminated";
  return steps > 0 ? "waiting" : "created";
}

/** What a run changes in the context of its instance. */
export function recorded(context: InstanceContext, run: Run): Partial<InstanceContext> {
  switch (run.kind) {
    case "advanced":
      return {
        current: null,
        steps: context.steps + 1,
        reward_sum: context.reward_sum + (run.result.reward ?? 0),
        hash: run.hash,
        end_reason: run.end_reason,
        crash_score: run.crash_score ?? null,
      };
    case "finished":
      return { current: null, end_reason: context.end_reason ?? "finished" };
    case "failed":
      return { current: null, end_reason: "failure", failure: run.failure };
    case "answered":
    case "refused":
      return { current: null };
  }
}
