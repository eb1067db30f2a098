import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { knownSolution } from "../../../src/environments/bfcl/demo-policy.ts";
import { MultiTurnEpisode } from "../../../src/environments/bfcl/multi-turn/episode.ts";
import { parseParams } from "../../../src/environments/bfcl/params.ts";
import { PromptBook } from "../../../src/environments/bfcl/prompt.ts";
import type { Message } from "../../../src/protocol/messages.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";
import { CallMaker, multiTurnTasks, seeded } from "./random-calls.ts";
import { CONTEXT, END_TURN, episode, HELD_OUT, hermes, TWO_TURNS } from "./small-tasks.ts";

const DENSE = { reward: "dense" };
const missing = whyNoData();
const skipped = missing !== null && process.env.CI !== "true";

/** Plays messages until the episode ends; every invariant of the reward is checked on the way. */
function played(instance: MultiTurnEpisode, messages: readonly Message[]) {
  let sum = 0;
  let end: string | null = null;
  for (const message of messages) {
    if (end !== null) break;
    const step = instance.step(message);
    sum += step.reward;
    end = step.end_reason;
    const { reward, success } = instance.evaluate();
    expect(reward).toBeGreaterThanOrEqual(0);
    expect(reward).toBeLessThanOrEqual(1);
    expect([reward === 1, success]).toEqual([success, success]);
  }
  const score = instance.evaluate();
  if (end !== null) expect(sum).toBeCloseTo(score.reward, 10);
  return score;
}

describe("the dense reward", () => {
  test("is within [0, 1], 1 exactly when the verdict is valid, and the sum of the steps, whatever the model does", () => {
    const call = fc.constantFrom(
      hermes("touch", { file_name: "a.txt" }),
      hermes("touch", { file_name: "b.txt" }),
      hermes("cat", { file_name: "note.txt" }),
      hermes("ls", {}),
      hermes("rm", { file_name: "note.txt" }),
      hermes("nothing", {}),
      END_TURN,
    );
    let valid = 0;
    fc.assert(
      fc.property(fc.constantFrom(TWO_TURNS, HELD_OUT), fc.array(call, { maxLength: 12 }), (task, messages) => {
        if (played(episode(task, DENSE), [...messages, END_TURN, END_TURN, END_TURN]).success) valid += 1;
      }),
      { numRuns: 400, seed: 7 },
    );
    expect(valid).toBeGreaterThan(0);
  });

  test("says how much of each turn is right: half for the results, half for the changes of the state", () => {
    const reward = (...messages: Message[]) => played(episode(TWO_TURNS, DENSE), messages).reward;
    const touch = hermes("touch", { file_name: "a.txt" });
    const cat = hermes("cat", { file_name: "note.txt" });
    expect(reward(END_TURN, END_TURN)).toBe(0);
    expect(reward(touch, END_TURN)).toBe(0.5);
    expect(reward(touch, END_TURN, cat, END_TURN)).toBe(1);
    // The second turn's result comes, and the file of the first one is still missing: half of it.
    expect(reward(END_TURN, cat, END_TURN)).toBe(0.25);
    // A file that was not asked for stands beside the right one: one of two places, and the result.
    expect(reward(touch, hermes("touch", { file_name: "b.txt" }), END_TURN)).toBe(0.375);
  });

  test.skipIf(skipped)(`follows the verdict on ground truths with random mistakes${missing ?? ""}`, () => {
    const data = loadDataForTests();
    const tasks = multiTurnTasks(data);
    const maker = new CallMaker(tasks, seeded(11));
    const prompts = new PromptBook();
    const context = { longContext: data.longContext, today: CONTEXT.today };
    const rewards = Array.from({ length: 150 }, () => {
      const task = maker.pick(tasks);
      const messages = knownSolution(task);
      const at = Math.floor(maker.pick([0.1, 0.3, 0.5, 0.7, 0.9]) * messages.length);
      const wrong: Message = { role: "assistant", content: `[${maker.calls(task, 2).join(", ")}]` };
      messages.splice(at, maker.pick([0, 1]), wrong);
      return played(new MultiTurnEpisode(task, parseParams(DENSE), context, prompts), messages).reward;
    });
    const partial = rewards.filter((reward) => reward > 0 && reward < 1);
    expect(partial.length).toBeGreaterThan(20);
    expect(rewards.filter((reward) => reward === 1).length).toBeGreaterThan(20);
  });
});
