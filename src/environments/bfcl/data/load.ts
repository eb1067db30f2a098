import { ProtocolError } from "../../../protocol/errors.ts";
import type { JsonObject, Message, TaskRow } from "../../../protocol/messages.ts";
import type { LongContextData } from "../apis/api.ts";
import { loads } from "../python/json.ts";
import { parseAssignments } from "../python/parse.ts";
import { PyDict } from "../python/values.ts";
import { SERVED_CATEGORIES, selectCategories, UNAVAILABLE_CATEGORIES } from "./categories.ts";
import { answersFile, type DataFiles, docsFile, LONG_CONTEXT, questionsFile } from "./files.ts";
import { applyFilter, readFilter } from "./filter.ts";
import { nearestIds } from "./nearest-ids.ts";
import { entriesOf, SPLITS } from "./splits.ts";
import { plain } from "./tools.ts";
import type { BfclData, BfclTask } from "./types.ts";

/** File of the function docs of a class. */
const DOCS_OF: Readonly<Record<string, string>> = {
  GorillaFileSystem: "gorilla_file_system",
  MathAPI: "math_api",
  MessageAPI: "message_api",
  TwitterAPI: "posting_api",
  TicketAPI: "ticket_api",
  TradingBot: "trading_bot",
  TravelAPI: "travel_booking",
  VehicleControlAPI: "vehicle_control",
};

/** A task that was found but not read: reading it costs more than an instance of it. */
interface Entry {
  readonly id: string;
  readonly category: string;
  readonly source_index: number;
  readonly line: string;
}

export interface LoadOptions {
  readonly files: DataFiles;
  readonly sha256: string;
  /** What DATASET_SUB_TYPE is, where a query does not say it. */
  readonly sub_type: string;
  /** Characters of the first messages of a task, for its row. */
  readonly promptChars: (task: BfclTask) => number;
}

const REMEDY = "run `stepwell pull bfcl` again, or look where STEPWELL_BFCL_DATA points";

/**
 * The data of the served categories. Throws an Error where a file is missing: at the start, since at a step it would be a
 * failure in the middle of an episode. Tasks are read at their first use and kept.
 */
export function loadData(options: LoadOptions): BfclData {
  const { files, sha256 } = options;
  const text = (path: string): string => {
    const bytes = files.get(path);
    if (!bytes) throw new Error(`the BFCL data lack ${path}: ${REMEDY}`);
    return new TextDecoder().decode(bytes);
  };
  checkFiles(files);
  const entries = new Map<string, Entry>();
  for (const category of [...SERVED_CATEGORIES].sort()) {
    for (const entry of entriesIn(category, text(questionsFile(category)))) entries.set(entry.id, entry);
  }
  const answers = new Map<string, Map<string, string>>();
  const docs = new Map<string, readonly PyDict[]>();
  const tasks = new Map<string, BfclTask>();
  const rows = new Map<string, TaskRow>();
  let longContext: LongContextData | null = null;

  function docsOf(className: string): readonly PyDict[] {
    const known = docs.get(className);
    if (known) return known;
    const read = lines(text(docsFile(DOCS_OF[className] ?? className))).map((line) => loads(line) as PyDict);
    docs.set(className, read);
    return read;
  }

  function answerOf({ id, category }: Entry): readonly (readonly string[])[] {
    let byId = answers.get(category);
    if (!byId) {
      byId = new Map(lines(text(answersFile(category))).map((line) => [idOf(line), line]));
      answers.set(category, byId);
    }
    const line = byId.get(id);
    if (line === undefined) throw new Error(`the BFCL data lack the ground truth of ${id}: ${REMEDY}`);
    return plain((loads(line) as PyDict).get("ground_truth") ?? []) as unknown as string[][];
  }

  function taskOf(entry: Entry): BfclTask {
    const known = tasks.get(entry.id);
    if (known) return known;
    const task = readTask(entry, docsOf, answerOf(entry));
    tasks.set(entry.id, task);
    return task;
  }

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
    };
    rows.set(entry.id, row);
    return row;
  }

  const selected = (sub_type: string): Entry[] => {
    const categories = selectCategories(sub_type);
    return categories.flatMap((category) => [...entries.values()].filter((entry) => entry.category === category));
  };

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
    unavailable: UNAVAILABLE_CATEGORIES,
    get longContext() {
      longContext ??= parseAssignments(text(LONG_CONTEXT));
      return longContext;
    },
    task(id) {
      const entry = entries.get(id);
      if (entry) return taskOf(entry);
      return /^\d+$/.test(id) ? taskOf(atIndex(id)) : unknownTask(id, nearestIds(id, entries.keys()));
    },
    rows(split, filter: JsonObject) {
      const { dataset_sub_type = options.sub_type, ...wanted } = readFilter(filter);
      return applyFilter(entriesOf(split, selected(dataset_sub_type)).map(rowOf), wanted);
    },
  };
}

function* entriesIn(category: string, text: string): Generator<Entry> {
  for (const line of lines(text)) {
    const id = idOf(line);
    yield { id, category, source_index: Number(id.slice(id.lastIndexOf("_") + 1)), line };
  }
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function idOf(line: string): string {
  return /"id"\s*:\s*"([^"]+)"/.exec(line)?.[1] ?? "";
}

function readTask(
  { id, category, source_index, line }: Entry,
  docsOf: (className: string) => readonly PyDict[],
  ground_truth: readonly (readonly string[])[],
): BfclTask {
  const entry = loads(line) as PyDict;
  const involved_classes = plain(entry.get("involved_classes") ?? []) as string[];
  let functions = involved_classes.flatMap(docsOf);
  const missed_function = new Map<number, readonly PyDict[]>();
  const missed = entry.get("missed_function");
  if (missed instanceof PyDict) {
    for (const [turn, names] of missed.entries()) {
      const heldOut = (names as string[]).flatMap((name) => functions.find((doc) => doc.get("name") === name) ?? []);
      functions = functions.filter((doc) => !heldOut.includes(doc));
      missed_function.set(Number(turn), heldOut);
    }
  }
  const config = entry.get("initial_config");
  return {
    id,
    category,
    source_index,
    question: plain(entry.get("question") ?? []) as unknown as Message[][],
    initial_config: config instanceof PyDict ? config : new PyDict(),
    involved_classes,
    functions,
    missed_function,
    ground_truth,
  };
}

function unknownTask(id: string, near: readonly string[]): never {
  const hint = near.length > 0 ? `the nearest are ${near.join(", ")}` : "`stepwell tasks bfcl` lists them";
  throw new ProtocolError("unknown_task", `bfcl has no task "${id}"; ${hint}`);
}

function checkFiles(files: DataFiles): void {
  const categories = [...SERVED_CATEGORIES];
  const needed = [
    ...categories.map(questionsFile),
    ...categories.map(answersFile),
    ...Object.values(DOCS_OF).map(docsFile),
    LONG_CONTEXT,
  ];
  const missing = needed.filter((path) => !files.has(path));
  if (missing.length > 0) throw new Error(`the BFCL data lack ${missing.join(", ")}: ${REMEDY}`);
}
