import { z } from "zod";
import { ProtocolError } from "../../../protocol/errors.ts";
import type { JsonObject, TaskRow } from "../../../protocol/messages.ts";

/** Texts are accepted where numbers are meant: a command line has nothing else. */
const number = z.coerce.number().int().min(0);
const list = <T extends z.ZodType>(item: T) => z.union([z.array(item), item.transform((value) => [value])]);

const schema = z.strictObject({
  category: list(z.string()).optional(),
  source_index: list(number).optional(),
  max_turns: number.optional(),
  dataset_sub_type: z.union([z.string(), z.array(z.string()).transform((names) => names.join(","))]).optional(),
});

export type TaskFilter = z.output<typeof schema>;

/** Checks a filter of task rows. Throws `bad_request`, which names the keys that there are. */
export function readFilter(filter: JsonObject): TaskFilter {
  const parsed = schema.safeParse(filter);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape).join(", ");
  throw new ProtocolError("bad_request", `filter: ${z.prettifyError(parsed.error)} (bfcl filters by ${known})`);
}

export function applyFilter(rows: readonly TaskRow[], filter: TaskFilter): TaskRow[] {
  const { category, source_index, max_turns } = filter;
  return rows.filter(
    (row) =>
      (category === undefined || category.includes(String(row.category))) &&
      (source_index === undefined || source_index.includes(Number(row.source_index))) &&
      (max_turns === undefined || Number(row.turns) <= max_turns),
  );
}
