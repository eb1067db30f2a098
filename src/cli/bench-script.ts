import type { Client, Message } from "../client/index.ts";
import { nativeEnvironments } from "../environments/registry.ts";

/** What one trajectory plays: the messages that solve a task, each of which is a step. */
export interface Script {
  readonly task_id: string;
  readonly actions: readonly Message[];
}

/** Steps with calls that a turn may have; a turn of more calls is played in one message, or its episode would be cut. */
const MOST_CALLS_A_TURN = 20;

/** Messages that are more than any task needs; after its last one an episode is over. */
const MOST_MESSAGES = 64;

/**
 * The ground truth of all BFCL multi-turn tasks, one call a step, as a model plays that reads each result before its next
 * call; then a word that ends the turn. The order mixes the categories.
 */
export async function benchScripts(client: Client): Promise<Script[]> {
  const demo = await nativeEnvironments.bfcl?.demo(() => {});
  if (!demo) throw new Error("bench needs bfcl");
  const { tasks } = await client.tasks("bfcl", { split: "all", limit: 10_000 });
  return tasks.map((_, index) => {
    // 211 is coprime to the 800 tasks: neighbours are of different categories.
    const { task_id } = tasks[(index * 211) % tasks.length] ?? { task_id: "" };
    const policy = demo.policy(task_id);
    return { task_id, actions: Array.from({ length: MOST_MESSAGES }, () => policy([])).flatMap(callByCall) };
  });
}

function callByCall(message: Message): Message[] {
  const { tool_calls } = message;
  if (!tool_calls || tool_calls.length > MOST_CALLS_A_TURN) return [message];
  return tool_calls.map((call) => ({ ...message, tool_calls: [call] }));
}
