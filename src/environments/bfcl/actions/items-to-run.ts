import type { BfclParams } from "../params.ts";
import type { ActionItem } from "./action.ts";
import type { ParsedAction } from "./parse-action.ts";

/**
 * What the loop makes of a message. `train`: everything in it, malformed calls too, which the model reads as errors.
 * `official`: the calls, unless something makes the message undecodable; then, as without calls, the turn ends.
 */
export function itemsToRun(parsed: ParsedAction, loop: BfclParams["loop"]): readonly ActionItem[] {
  switch (loop) {
    case "train":
      return parsed.items;
    case "official": {
      const undecodable = parsed.items.some((item) => item.kind === "malformed" && item.officially === "undecodable");
      return undecodable ? [] : parsed.calls;
    }
  }
}
