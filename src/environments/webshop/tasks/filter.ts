import { z } from "zod";
import { ProtocolError } from "../../../protocol/errors.ts";
import type { JsonObject } from "../../../protocol/messages.ts";
import { explain } from "../../../protocol/ops.ts";
import { type GoalRange, PROTOCOLS } from "../protocols.ts";

const RANGE = /^(\d{1,9})(?:-(\d{1,9}))?$/;

/** A command line has only texts, so a number may be one. */
const schema = z.strictObject({
  protocol: z.enum(PROTOCOLS).default("webshop"),
  category: z.string().optional(),
  index: z
    .union([z.int().min(0).transform(String), z.string()])
    .transform(readRange)
    .optional(),
});

export type TaskFilter = z.output<typeof schema>;

/** Checks a filter of task rows. Throws `bad_request`, which names the keys that there are. */
export function readFilter(filter: JsonObject): TaskFilter {
  const parsed = schema.safeParse(filter);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape).join(", ");
  throw new ProtocolError("bad_request", `filter: ${explain(parsed.error)} (webshop filters by ${known})`);
}

function readRange(text: string, context: z.RefinementCtx): GoalRange {
  const [, first, last = first] = RANGE.exec(text) ?? [];
  const range: GoalRange = [Number(first), Number(last) + 1];
  if (range[0] < range[1]) return range;
  context.addIssue({ code: "custom", message: `expected goal numbers such as 17 or 0-49, not "${text}"` });
  return z.NEVER;
}
