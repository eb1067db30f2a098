import type { Tool } from "../../../protocol/messages.ts";
import { dumps, loads } from "../../bfcl/python/json.ts";

function tool(name: string, description: string, parameter: string, about: string): Tool {
  const parameters = {
    type: "object",
    properties: { [parameter]: { type: "string", description: about } },
    required: [parameter],
  };
  return { type: "function", function: { name, description, parameters } };
}

/** The two things a customer can do, as OpenAI tools. */
export const SHOP_TOOLS: readonly Tool[] = [
  tool(
    "search",
    "Looks for products and shows the first page of what was found. The search box is on the first page; this goes there from any page.",
    "query",
    "Words that describe the product.",
  ),
  tool(
    "click",
    "Clicks something on the page that is shown: a button, a product or an option.",
    "target",
    "The text of what is clicked, as the page shows it, such as a product's id, an option or Buy Now.",
  ),
];

/** The tools as text, one JSON object a line, as Python prints JSON: chat templates do. */
export const SHOP_TOOL_LINES = SHOP_TOOLS.map((each) =>
  dumps(loads(JSON.stringify(each)), { ensureAscii: false }),
).join("\n");
