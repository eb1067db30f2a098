import type { BfclData, BfclTask, MultiTurnTask, SingleTurnTask } from "../../src/environments/bfcl/data/types.ts";
import { data } from "../../src/environments/bfcl/native.ts";

/** The official data, from the cache or fetched as the server does; or why they can't be had here. */
const found: BfclData | Error = await data(() => {}, new Set()).catch((error: unknown) =>
  error instanceof Error ? error : new Error(String(error)),
);

/** Why there are no data on this machine, in a line; null when there are. */
export function whyNoData(): string | null {
  return found instanceof Error ? (found.message.split("\n")[0] ?? "no data") : null;
}

/** A task that is known to be a multi-turn one. */
export function multiTurnTask(task: BfclTask): MultiTurnTask {
  if (task.kind !== "multi_turn") throw new Error(`${task.id} is no multi-turn task`);
  return task;
}

/** Throws an Error that says how to get the data. */
export function loadDataForTests(): BfclData {
  if (found instanceof Error) throw found;
  return found;
}

/** A task that is known to be a single-turn one. */
export function singleTurnTask(id: string): SingleTurnTask {
  const task = loadDataForTests().task(id);
  if (task.kind !== "single_turn") throw new Error(`${id} is a ${task.kind} task`);
  return task;
}
