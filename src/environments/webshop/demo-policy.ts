import type { Message } from "../../protocol/messages.ts";
import type { Policy } from "../native.ts";
import type { Goal } from "./goals/goals.ts";

/**
 * Solves a goal by what it is: searches for the name of the product, turns pages until it is there, chooses the options and
 * buys. It gives up on a product that its own name does not find.
 */
export function goalPolicy(goal: Goal, nameOf: (product: number) => string): Policy {
  const say = (content: string): Message => ({ role: "assistant", content });
  const product = goal.asin.toLowerCase();
  const options = [...goal.options.values()].values();
  let phase: "search" | "results" | "item" = "search";
  return (observation) => {
    const page = observation.at(-1)?.content ?? "";
    if (phase === "search") {
      phase = "results";
      return say(`search[${nameOf(goal.product)}]`);
    }
    if (phase === "results") {
      if (!page.toLowerCase().includes(product)) return say("click[next >]");
      phase = "item";
      return say(`click[${product}]`);
    }
    const { value, done } = options.next();
    return say(done ? "click[buy now]" : `click[${value}]`);
  };
}
