import type { InstanceContext } from "./instance-machine.ts";
import type { Run } from "./instance-requests.ts";

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

/**
 * Whether a run takes an instance that rests to another state. One that does not, as most steps, is recorded without a
 * transition of the machine, which would cost as much as the step.
 */
export function moves(context: InstanceContext, run: Run): boolean {
  switch (run.kind) {
    case "advanced":
      return run.end_reason !== null || context.steps === 0;
    case "finished":
    case "failed":
      return true;
    case "answered":
    case "refused":
      return false;
  }
}
