import { z } from "zod";
import { ProtocolError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/messages.ts";

const schema = z.strictObject({
  /**
   * What a malformed call does: `train` shows it to the model as an error, and the turn goes on; `official` lets it end
   * the turn, as the leaderboard's loop does.
   */
  loop: z.enum(["train", "official"]).default("train"),
  compat: z.enum(["official", "fixed"]).default("official"),
  reward: z.enum(["sparse", "success", "turn", "dense"]).default("sparse"),
  tool_prompt: z.enum(["hermes", "python", "none"]).default("hermes"),
  action_format: z.enum(["auto", "tool_calls", "hermes", "xml", "python"]).default("auto"),
  /** Only memory tasks: the id of the snapshot to begin with, or the snapshot itself. */
  memory: z.union([z.string(), z.record(z.string(), z.json())]).nullish(),
  /** Which tasks a task list has; it changes nothing in an episode. */
  dataset_sub_type: z.union([z.string(), z.array(z.string())]).optional(),
});

/** The parameters of a BFCL episode, validated, with their defaults. */
export type BfclParams = z.infer<typeof schema>;

/** Every parameter that this environment knows; those of any instance (`max_steps`, ...) are not its business. */
export const BFCL_PARAMS: readonly string[] = Object.keys(schema.shape);

/** Validates the parameters of an episode. Throws `bad_params`, which names the parameter and what it may be. */
export function parseParams(given: JsonObject): BfclParams {
  const unknown = Object.keys(given).filter((name) => !BFCL_PARAMS.includes(name));
  if (unknown.length > 0) {
    throw new ProtocolError(
      "bad_params",
      `unknown params for bfcl: ${unknown.join(", ")}; known: ${BFCL_PARAMS.join(", ")}`,
    );
  }
  const read = schema.safeParse(given);
  if (!read.success) {
    const reasons = read.error.issues.map((issue) => `params.${issue.path.join(".")}: ${issue.message}`);
    throw new ProtocolError("bad_params", reasons.join("; "));
  }
  return read.data;
}
