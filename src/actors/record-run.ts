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
