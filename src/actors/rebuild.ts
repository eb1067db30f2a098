import type { Failure } from "../protocol/messages.ts";
import { nextHash } from "./observation-hash.ts";
import type { EpisodeStore, Outcome, WorkerLink } from "./ports.ts";

/**
 * Replays an episode log on a worker until the instance stands where it stood. A chain that differs is `diverged`: the
 * trainer's model saw other observations than these, so no reward of it would be true.
 */
export async function rebuild(store: EpisodeStore, instance_id: string, link: WorkerLink): Promise<Outcome<null>> {
  const log = store.read(instance_id);
  if (!log) return failed("worker_lost", "the episode log is gone");
  if (log.entries.at(-1)?.crash_score !== undefined) {
    return failed("worker_lost", "the last action of the episode crashed: its log is not replayed");
  }
  const created = await link.create(instance_id, log.header.request);
  if (created.kind !== "ok") return created.kind === "failure" ? created : failed("diverged", created.error.message);
  let hash = "";
  for (const [index, entry] of log.entries.entries()) {
    const step = await link.step(instance_id, entry.action);
    if (step.kind !== "ok") return step.kind === "failure" ? step : failed("diverged", step.error.message);
    const { state, reward, end_reason } = step.value;
    // The reward and end of a step that the instance itself cut (max_steps) are the log's, not the engine's.
    const { cut_reward } = entry;
    hash = nextHash(hash, state, cut_reward ?? reward, end_reason !== null || cut_reward !== undefined);
    if (hash !== entry.observation_hash) return failed("diverged", `the observation of step ${index + 1} differs`);
  }
  return { kind: "ok", value: null };
}

function failed(kind: Failure["kind"], message: string): Outcome<null> {
  return { kind: "failure", failure: { kind, message } };
}
