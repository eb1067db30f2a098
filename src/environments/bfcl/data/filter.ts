import { z } from "zod";
import { ProtocolError } from "../../../protocol/errors.ts";
import type { JsonObject, TaskRow } from "../../../protocol/messages.ts";
import { explain } from "../../../protocol/ops.ts";
import type { ServedCategories } from "./categories.ts";

/** Both ends belong to it. */
type Range = readonly [first: number, last: number];

const RANGE = /^(\d{1,9})(?:-(\d{1,9}))?$/;

/** Items of a list: every row is held against each of them. */
const MOST_ITEMS = 1000;

/** Texts are accepted where numbers are meant, and commas where a list is: a command line has nothing else. */
const item = z.union([z.int().min(0), z.string()]);
const items = z
  .union([item, z.array(item).max(MOST_ITEMS)], {
    error: `expected a text, a whole number, or up to ${MOST_ITEMS} of them`,
  })
  .transform((value) => [value].flat().flatMap((each) => String(each).split(",")))
  .pipe(z.array(z.string().trim()).max(MOST_ITEMS));

const digits = z.string().regex(/^\d{1,9}$/);
const number = z.union([z.int().min(0), digits.transform(Number)], { error: "expected a whole number" });

const schema = z.strictObject({
  category: items.optional(),
  source_index: items.pipe(z.array(z.string().transform(readRange))).optional(),
  max_turns: number.optional(),
  dataset_sub_type: items.transform((names) => names.join(",")).optional(),
});

export type TaskFilter = z.output<typeof schema>;

/**
 * Checks a filter of task rows. Throws `bad_request`, which names the keys that there are; also on a category that is
 * unknown or not served, which would otherwise be an empty list.
 */
export function readFilter(filter: JsonObject, served: ServedCategories): TaskFilter {
  const parsed = schema.safeParse(filter);
  if (!parsed.success) {
    const known = Object.keys(schema.shape).join(", ");
    throw new ProtocolError("bad_request", `filter: ${explain(parsed.error)} (bfcl filters by ${known})`);
  }
  for (const category of parsed.data.category ?? []) served.check(category);
  return parsed.data;
}

export function applyFilter(rows: readonly TaskRow[], filter: TaskFilter): TaskRow[] {
  const { category, source_index, max_turns } = filter;
  return rows.filter(
    (row) =>
      (category === undefined || category.includes(String(row.category))) &&
      (source_index === undefined || isIn(Number(row.source_index), source_index)) &&
      (max_turns === undefined || Number(row.turns) <= max_turns),
  );
}

function isIn(index: number, ranges: readonly Range[]): boolean {
  return ranges.some(([first, last]) => first <= index && index <= last);
}

function readRange(text: string, context: z.RefinementCtx): Range {
  const [, first, last = first] = RANGE.exec(text) ?? [];
  const range: Range = [Number(first), Number(last)];
  if (range[0] <= range[1]) return range;
  context.addIssue({ code: "custom", message: `expected numbers or ranges such as 0-49, not "${text}"` });
  return z.NEVER;
}
