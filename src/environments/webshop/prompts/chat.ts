import { createHash } from "node:crypto";
import { hermesTools } from "../../bfcl/prompt.ts";
import { SHOP_TOOL_LINES } from "../actions/tools.ts";

const ROLE = [
  "You shop in a web shop for somebody who tells you what they want.",
  "Each of your messages is one action, and the answer is the page that it leads to.",
  "Find a product that fits the request, open it, choose the options that were asked for, and buy it: the purchase ends the visit, and how well it fits is its score.",
].join(" ");

const BRACKETS = [
  "Actions:",
  "search[words] looks for products; put in the kind of product and what matters about it.",
  "click[text] clicks a button, a product (by its id) or an option (by its value), with its text as the page shows it: for example click[buy now].",
  "You may think first; the last action in your message is the one that is done.",
].join("\n");

const TOOLS = "Use the tools search and click, one call a message.";

export interface SystemPrompt {
  readonly content: string;
  readonly sha256: string;
}

function prompt(...parts: readonly string[]): SystemPrompt {
  const content = parts.join("\n\n");
  return { content, sha256: createHash("sha256").update(content).digest("hex") };
}

/** The system messages: the same for every task, so that instances share them. */
export const SYSTEM_PROMPTS: Readonly<Record<"none" | "hermes", SystemPrompt>> = {
  none: prompt(ROLE, BRACKETS),
  hermes: prompt(ROLE, TOOLS, hermesTools(SHOP_TOOL_LINES)),
};
