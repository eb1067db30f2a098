import { describe, expect, test } from "bun:test";
import type { MultiTurnTask } from "../../../src/environments/bfcl/data/types.ts";
import { groundTruthMessages } from "../../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../../src/environments/bfcl/environment.ts";
import type { Episode } from "../../../src/environments/environment.ts";
import type { JsonObject, Message } from "../../../src/protocol/messages.ts";
import { atOnce } from "../../../src/util/maybe-promise.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";
import { multiTurnTasks } from "./random-calls.ts";

const missing = whyNoData();
const skipped = missing !== null && process.env.CI !== "true";
const STARTED_AT = 1_760_000_000.5;

/** Another form of the ground truth: a Python list of the calls as the data have them, positional arguments and all. */
function asPythonLists(task: MultiTurnTask): Message[] {
  return task.ground_truth.flatMap((calls): Message[] => {
    const end: Message = { role: "assistant", content: "<think>Is that all?</think>\n\nThat is all." };
    return calls.length === 0 ? [end] : [{ role: "assistant", content: `[${calls.join(", ")}]` }, end];
  });
}

/** A `tool_calls` message as `<tool_call>` text. */
function asHermes(message: Message): Message {
  const blocks = message.tool_calls?.map(
    ({ function: { name, arguments: args } }) => `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`,
  );
  return blocks === undefined ? message : { role: "assistant", content: blocks.join("\n") };
}

function played(create: (params: JsonObject) => Episode, params: JsonObject, messages: readonly Message[]) {
  const instance = create(params);
  let rewards = 0;
  let end: string | null = null;
  for (const message of messages) {
    const step = atOnce(instance.step(message));
    rewards += step.reward;
    end = step.end_reason;
  }
  return { rewards, end, score: instance.evaluate(), opening: instance.state.map(({ role }) => role) };
}

describe(`every multi-turn task${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  const forms: [string, JsonObject, (task: MultiTurnTask) => Message[]][] = [
    ["tool_calls", {}, groundTruthMessages],
    ["<tool_call> tags", { reward: "turn", loop: "official" }, (task) => groundTruthMessages(task).map(asHermes)],
    ["Python lists", { reward: "success", action_format: "python", tool_prompt: "python" }, asPythonLists],
  ];

  test.skipIf(skipped).each(forms)("is solved by its ground truth as %s", (_, params, messages) => {
    const data = loadDataForTests();
    const environment = bfclEnvironment(data);
    const tasks = multiTurnTasks(data);
    expect(tasks).toHaveLength(800);
    const failed = tasks.flatMap((task) => {
      const create = (given: JsonObject) =>
        environment.create({ task_id: task.id, params: given, seed: null, started_at: STARTED_AT });
      const { rewards, end, score, opening } = played(create, params, messages(task));
      const right = Math.abs(rewards - 1) < 1e-9 && score.reward === 1 && score.success && end === "completed";
      return right && opening.join() === "system,user"
        ? []
        : [`${task.id}: ${JSON.stringify({ rewards, end, score })}`];
    });
    expect(failed.slice(0, 5)).toEqual([]);
  });
});
