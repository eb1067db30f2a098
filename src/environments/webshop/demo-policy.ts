import type { Message } from "../../protocol/messages.ts";
import type { Policy } from "../native.ts";
import type { Goal } from "./goals/goals.ts";
import { SUB_PAGES } from "./pages/pages.ts";

/**
 * Solves a goal by what it is: searches for the name of the product, turns pages until it is there, chooses the options and
 * buys. It gives up on a product that its own name does not find, and leaves out an option that is named like a page: the shop
 * opens the page, as the original does, so such a goal cannot be reached whole.
 */
export function goalPolicy(goal: Goal, nameOf: (product: number) => string): Policy {
  const say = (content: string): Message => ({ role: "assistant", content });
  const product = goal.asin.toLowerCase();
  const isPage = (value: string) => SUB_PAGES.some((name) => name.toLowerCase() === value.toLowerCase());
  const options = [...goal.options.values()].filter((value) => !isPage(value)).values();
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
