import type { Message } from "../../../protocol/messages.ts";
import { MEMORY_BACKENDS, type MemoryBackend } from "../memory/snapshot.ts";
import { loads } from "../python/json.ts";
import type { PyDict } from "../python/values.ts";
import { answersFile, docsFile, prerequisitesFile, questionsFile } from "./files.ts";
import { type Entry, type Source, sourceIndexOf } from "./source.ts";
import type { TaskReader } from "./task-reader.ts";
import { plain } from "./tools.ts";
import type { MemoryTask, WebSearchTask } from "./types.ts";

const SCENARIOS = ["student", "customer", "finance", "healthcare", "notetaker"];
const PREREQUISITE = "_prereq";

/**
 * Reads the memory categories. Their questions stand in one file, under ids of no backend; `memory_kv_prereq` and the like
 * are the sessions that are played before the questions of a scenario.
 */
export function memoryReader(source: Source): TaskReader {
  const docs = docsReader(source);
  return {
    files: (category) => [
      questionsFile("memory"),
      answersFile("memory"),
      ...SCENARIOS.map(prerequisitesFile),
      docsFile(`memory_${backendOf(category)}`),
    ],
    entries: (category) => {
      const isPrerequisite = category.endsWith(PREREQUISITE);
      const files = isPrerequisite ? SCENARIOS.map(prerequisitesFile) : [questionsFile("memory")];
      return files
        .flatMap((file) => [...source.byId(file)])
        .map(([id, line]) => ({ ...entryOf(category, idIn(category, id)), line }))
        .sort((a, b) => a.source_index - b.source_index);
    },
    task: (entry): MemoryTask => {
      const { category, line } = entry;
      const backend = backendOf(category);
      const read = loads(line) as PyDict;
      const scenario = String(read.get("scenario"));
      const sessions = [...source.byId(prerequisitesFile(scenario)).keys()].map((id) => idIn(category, id));
      const isPrerequisite = category.endsWith(PREREQUISITE);
      const officialId = entry.id.replace(`memory_${backend}`, "memory");
      return {
        kind: "memory",
        ...baseOf(entry, read, docs(`memory_${backend}`)),
        backend,
        scenario,
        prerequisites: isPrerequisite ? sessions.slice(0, sessions.indexOf(entry.id)) : sessions,
        answers: isPrerequisite ? null : answersOf(source, "memory", officialId),
      };
    },
  };
}

/** Reads the web search categories, which ask the same questions. */
export function webSearchReader(source: Source): TaskReader {
  const docs = docsReader(source);
  return {
    files: () => [questionsFile("web_search"), answersFile("web_search"), docsFile("web_search")],
    entries: (category) =>
      Array.from(source.byId(questionsFile("web_search")), ([id, line]) => ({
        ...entryOf(category, id.replace("web_search", category)),
        line,
      })),
    task: (entry): WebSearchTask => ({
      kind: "web_search",
      ...baseOf(entry, loads(entry.line) as PyDict, docs("web_search")),
      show_snippet: !entry.category.endsWith("no_snippet"),
      answers: answersOf(source, "web_search", entry.id.replace(entry.category, "web_search")),
    }),
  };
}

function docsReader(source: Source): (name: string) => readonly PyDict[] {
  const known = new Map<string, readonly PyDict[]>();
  return (name) => {
    const docs = known.get(name) ?? source.lines(docsFile(name)).map((line) => loads(line) as PyDict);
    known.set(name, docs);
    return docs;
  };
}

function backendOf(category: string): MemoryBackend {
  const name = category.replace(PREREQUISITE, "").slice("memory_".length);
  const backend = MEMORY_BACKENDS.find((each) => each === name);
  if (backend === undefined) throw new Error(`${category} is no memory category`);
  return backend;
}

/** "memory_prereq_0-customer-0" -> "memory_kv_prereq_0-customer-0", of whichever category of the backend. */
function idIn(category: string, id: string): string {
  return id.replace("memory", `memory_${backendOf(category)}`);
}

function entryOf(category: string, id: string): Omit<Entry, "line"> {
  return { id, category, source_index: sourceIndexOf(id) };
}

function baseOf({ id, category, source_index }: Entry, read: PyDict, functions: readonly PyDict[]) {
  return {
    id,
    category,
    source_index,
    question: plain(read.get("question") ?? []) as unknown as Message[][],
    functions,
  };
}

function answersOf(source: Source, file: string, id: string): string[] {
  const answer = loads(source.line(answersFile(file), id)) as PyDict;
  return plain(answer.get("ground_truth") ?? []) as string[];
}
