import { expect } from "bun:test";
import type { Client } from "../../../src/client/index.ts";
import type { StepResult } from "../../../src/protocol/messages.ts";

/** A task of the small set, what doing nothing earns in it, and what stands in its hidden part alone. */
export const TASK = "money01_1";
export const NOTHING_DONE = { sparse: 0, dense: 0.4, dense_above_no_op: 0 };
export const PRIVATE = "internet bill";
/** Where the image has the small set. */
export const ROOT = "/srv/appworld";

/** The message of a model that wants this code run. */
export const python = (code: string) => ({ role: "assistant" as const, content: `\`\`\`python\n${code}\n\`\`\`` });

/** What an attempt of attacks.py is put into: it tells whether the body got what it wanted. */
export const attempt = (body: string) =>
  `got = None\ntry:\n${body.replaceAll(/^/gm, "    ")}\n    print("GOT", got)\nexcept BaseException as error:\n    print("STOPPED", type(error).__name__, error)\n`;
/** What it says when it got nothing. */
export const GOT_NOTHING = /^(STOPPED |GOT None|Execution failed\. Traceback:\nUsage of the following)/;

/** Code that solves a task: `read` gives the text of a file of the small set. */
export async function solution(read: (path: string) => Promise<string>, task_id: string): Promise<string> {
  return `${await read(`data/tasks/${task_id}/ground_truth/solution.py`)}\nsolution(apis, None)`;
}

/** Plays every task of the small set: doing nothing and the wrong end have to score 0, the right solution 1. */
export async function playEveryTask(client: Client, read: (path: string) => Promise<string>): Promise<void> {
  const splits = ["train", "dev", "test_normal", "test_challenge"];
  const pages = await Promise.all(splits.map((split) => client.tasks("appworld", { split })));
  const task_ids = pages.flatMap(({ tasks }) => tasks.map(({ task_id }) => task_id));
  expect(task_ids.length).toBe(9);
  for (const task_id of task_ids) {
    await using instance = await client.create("appworld", task_id);
    expect(await instance.evaluate()).toMatchObject({ reward: 0, success: false, failure: null });
    const last = await instance.step(python(await solution(read, task_id)));
    expect({ task_id, reward: last.reward, end: last.info.end_reason }).toEqual({
      task_id,
      reward: 1,
      end: "completed",
    });
    expect(await instance.evaluate()).toMatchObject({ reward: 1, success: true, failure: null });
    await using wrong = await client.create("appworld", task_id);
    const ended = await wrong.step(python("apis.supervisor.complete_task(answer='nothing of the kind')"));
    expect([ended.reward, ended.is_terminated]).toEqual([0, true]);
  }
}

/** What a step's code printed. */
export function textOf({ state }: StepResult): string {
  return String(state[0]?.content ?? "").replace("Output:\n```\n", "");
}
