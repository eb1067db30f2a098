import { LRUCache } from "lru-cache";
import { ProtocolError } from "../../../protocol/errors.ts";
import type { JsonObject, TaskRow } from "../../../protocol/messages.ts";
import type { LongContextData } from "../apis/api.ts";
import { parseAssignments } from "../python/parse.ts";
import { withConstantLists } from "../python/values.ts";
import { CATEGORIES, type Category, categoryNamed, type Need, ServedCategories } from "./categories.ts";
import { type DataFiles, LONG_CONTEXT, REMEDY } from "./files.ts";
import { applyFilter, readFilter } from "./filter.ts";
import { nearestIds } from "./nearest-ids.ts";
import { taskReaders } from "./read-tasks.ts";
import { type Entry, Source } from "./source.ts";
import { entriesOf, SPLITS } from "./splits.ts";
import type { TaskReader } from "./task-reader.ts";
import type { BfclData, BfclTask } from "./types.ts";

export interface LoadOptions {
  readonly files: DataFiles;
  readonly sha256: string;
  /** What DATASET_SUB_TYPE is, where a query does not say it. */
  readonly sub_type: string;
  /** What is there for the categories that need more than data; nothing unless told. */
  readonly met?: ReadonlySet<Need>;
  /** Characters of the first messages of a task, for its row. */
  readonly promptChars: (task: BfclTask) => number;
}

/** Tasks that are kept as they were read: all of the multi-turn categories, and then some. */
const KEPT_TASKS = 1024;

const EVERY_CATEGORY: ReadonlySet<string> = new Set(CATEGORIES.map(({ name }) => name));

/**
 * The data of the served categories. Throws an Error where a file is missing: at the start, since at a step it would be a
 * failure in the middle of an episode. Tasks are read when they are used; the ones used last are kept.
 */
export function loadData(options: LoadOptions): BfclData {
  const { files, sha256 } = options;
  const source = new Source(files);
  const readerOf = taskReaders(source);
  const served = new ServedCategories(options.met ?? new Set());
  checkFiles(
    files,
    CATEGORIES.filter(({ name }) => served.names.has(name)),
    readerOf,
  );
  const byCategory = new Map<string, ReadonlyMap<string, Entry>>();
  const tasks = new LRUCache<Entry, BfclTask>({
    max: KEPT_TASKS,
    memoMethod: (entry) => readerOf(categoryNamed(entry.category)).task(entry),
  });
  const rows = new Map<string, TaskRow>();
  let longContext: LongContextData | null = null;

  /** The entries of a category by their id, found at the first use of the category. */
  function entriesIn(category: string): ReadonlyMap<string, Entry> {
    const known = byCategory.get(category);
    if (known) return known;
    const read = readerOf(categoryNamed(category)).entries(category);
    const byId = new Map(read.map((entry) => [entry.id, entry]));
    byCategory.set(category, byId);
    return byId;
  }

  /** An id begins with its category; where it does not, every category is looked through. */
  function findEntry(id: string, categories: ReadonlySet<string>): Entry | undefined {
    const numbered = id.split(":")[0] ?? "";
    const category = numbered.slice(0, Math.max(0, numbered.lastIndexOf("_")));
    const likely = categories.has(category) ? [category] : [...categories];
    for (const each of likely) {
      const entry = entriesIn(each).get(id);
      if (entry) return entry;
    }
    return undefined;
  }

  const everyId = (): string[] => [...served.names].flatMap((category) => [...entriesIn(category).keys()]);

  const taskOf = (entry: Entry): BfclTask => tasks.memo(entry);

  function rowOf(entry: Entry): TaskRow {
    const known = rows.get(entry.id);
    if (known) return known;
    const task = taskOf(entry);
    const row = {
      task_id: task.id,
      category: task.category,
      source_index: task.source_index,
      turns: task.question.length,
      tools: task.functions.length,
      prompt_chars: options.promptChars(task),
      ...(task.kind === "memory" ? { scenario: task.scenario, prerequisites: [...task.prerequisites] } : {}),
    };
    rows.set(entry.id, row);
    return row;
  }

  const selected = (sub_type: string): Entry[] =>
    served.select(sub_type).flatMap((category) => [...entriesIn(category).values()]);

  /** The older service's clients name a task by its place in the selected list. */
  function atIndex(index: string): Entry {
    const list = selected(options.sub_type);
    const entry = list[Number(index)];
    if (entry) return entry;
    throw new ProtocolError("unknown_task", `bfcl has no task ${index}: the selected list ends at ${list.length - 1}`);
  }

  return {
    sha256,
    splits: SPLITS,
    unavailable: served.unavailable,
    get longContext() {
      longContext ??= withConstantLists(parseAssignments(source.text(LONG_CONTEXT)));
      return longContext;
    },
    task(id) {
      if (/^\d+$/.test(id)) return taskOf(atIndex(id));
      const entry = findEntry(id, served.names);
      if (entry) return taskOf(entry);
      const category = findEntry(id, EVERY_CATEGORY)?.category;
      const reason = served.unavailable.find(({ what }) => what === category)?.reason;
      if (reason !== undefined) throw new ProtocolError("unknown_task", `the task ${id} is not served here: ${reason}`);
      return unknownTask(id, nearestIds(id, everyId()));
    },
    anyTask(id) {
      const entry = findEntry(id, EVERY_CATEGORY);
      return entry ? taskOf(entry) : unknownTask(id, nearestIds(id, everyId()));
    },
    count: (category) => entriesIn(category).size,
    rows(split, filter: JsonObject) {
      const wanted = readFilter(filter, served);
      const dataset_sub_type = wanted.dataset_sub_type ?? subTypeFor(wanted.category ?? [], options.sub_type, served);
      return applyFilter(entriesOf(split, selected(dataset_sub_type)).map(rowOf), wanted);
    },
  };
}

/** The default, unless the categories that a filter names are not all in it: a list must not be empty for that. */
function subTypeFor(categories: readonly string[], usual: string, served: ServedCategories): string {
  const selected = served.select(usual);
  return categories.every((category) => selected.includes(category)) ? usual : categories.join(",");
}

function unknownTask(id: string, near: readonly string[]): never {
  const hint = near.length > 0 ? `the nearest are ${near.join(", ")}` : "`stepwell tasks bfcl` lists them";
  throw new ProtocolError("unknown_task", `bfcl has no task "${id}"; ${hint}`);
}

function checkFiles(files: DataFiles, served: readonly Category[], readerOf: (category: Category) => TaskReader): void {
  const needed = new Set(served.flatMap((category) => readerOf(category).files(category.name)));
  const missing = [...needed].filter((path) => !files.has(path));
  if (missing.length > 0) throw new Error(`the BFCL data lack ${missing.join(", ")}: ${REMEDY}`);
}
