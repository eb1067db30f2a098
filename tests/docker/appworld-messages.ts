import type { StepResult } from "../../src/protocol/messages.ts";
import type { NodeContainers } from "./node-containers.ts";

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

/** Code that solves a task, as the image has it. */
export async function solution(containers: NodeContainers, task_id: string): Promise<string> {
  return `${await containers.run(`cat ${ROOT}/data/tasks/${task_id}/ground_truth/solution.py`)}\nsolution(apis, None)`;
}

/** What a step's code printed. */
export function textOf({ state }: StepResult): string {
  return String(state[0]?.content ?? "").replace("Output:\n```\n", "");
}
