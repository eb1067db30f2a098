import { expect } from "bun:test";
import type { Worker } from "../../src/actors/ports.ts";

/** An episode of `late` (late-environment.ts) on a worker, two requests at once. */
export async function expectLateEpisode({ link }: Worker): Promise<void> {
  const say = (content: string) => ({ role: "assistant" as const, content });
  const created = await link.create("i1", { task_id: "guess_42", params: {}, seed: null, started_at: 0 });
  expect(created.kind).toBe("ok");
  const [step, score] = await Promise.all([link.step("i1", say("50")), link.evaluate("i1")]);
  expect([step.kind, score.kind]).toEqual(["ok", "ok"]);
  const last = await link.step("i1", say("42"));
  expect(last.kind === "ok" && last.value.end_reason).toBe("completed");
}
