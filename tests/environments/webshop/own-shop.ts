import { goalPolicy } from "../../../src/environments/webshop/demo-policy.ts";
import { webshopEnvironment } from "../../../src/environments/webshop/environment.ts";
import { ownCatalogue } from "../../../src/environments/webshop/own-shop/own-shop.ts";
import { GoalLists } from "../../../src/environments/webshop/tasks/goal-lists.ts";
import type { JsonObject, Message } from "../../../src/protocol/messages.ts";
import { atOnce } from "../../../src/util/maybe-promise.ts";

/** The generated catalogue, made once for all tests. */
export const catalogue = ownCatalogue();
export const { store } = catalogue.shop;
export const goals = new GoalLists(store, catalogue.streamSeed);
export const environment = webshopEnvironment(catalogue);

export const say = (content: string): Message => ({ role: "assistant", content });

export function start(task_id: string, params: JsonObject = {}) {
  return environment.create({ task_id, params, seed: null, started_at: 0 });
}

/** The messages that solve a task. */
export function solution(task_id: string): Message[] {
  const policy = goalPolicy(goals.task(task_id).goal, (product) => store.product(product).title);
  const episode = start(task_id);
  const messages: Message[] = [];
  let observation: readonly Message[] = episode.state;
  for (;;) {
    const message = policy(observation);
    messages.push(message);
    const step = atOnce(episode.step(message));
    if (step.end_reason !== null) return messages;
    observation = step.state;
  }
}
