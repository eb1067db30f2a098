import type { Message } from "../../../protocol/messages.ts";
import { configIn, FORMAT_CONFIGS } from "../formats/config.ts";
import { loads } from "../python/json.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { shapeOf } from "../single-turn/ast-checker.ts";
import { type Category, categoryNamed } from "./categories.ts";
import { answersFile, FORMAT_SENSITIVITY, PROMPTS, questionsFile } from "./files.ts";
import { type Entry, type Source, sourceIndexOf } from "./source.ts";
import { sourceTextDoc } from "./source-text-docs.ts";
import type { TaskReader } from "./task-reader.ts";
import { plain } from "./tools.ts";
import type { SingleTurnTask } from "./types.ts";

/** Reads the single-turn categories: each entry brings its own functions. */
export function singleTurnReader(source: Source): TaskReader {
  return {
    files: (category) => filesOf(categoryNamed(category)),
    entries: (category) =>
      Array.from(source.byId(questionsFile(category)), ([id, line]) => entryOf(id, category, line)),
    task: (entry) => readTask(entry, categoryNamed(entry.category), answersOf(source, entry.category, entry.id)),
  };
}

/** Reads format sensitivity: 200 tasks of other categories, each in 26 configurations. */
export function formatSensitivityReader(source: Source): TaskReader {
  const originals = new Map<string, SingleTurnTask>();
  const chosen = (): [string, PyValue[]][] => {
    const read = loads(source.text(FORMAT_SENSITIVITY));
    return read instanceof PyDict ? Array.from(read.entries(), ([name, ids]) => [String(name), ids as PyValue[]]) : [];
  };
  return {
    // The tasks that it is made of are served too, so their files are looked for anyway.
    files: () => [FORMAT_SENSITIVITY, PROMPTS],
    entries: (category) => {
      const tasks = chosen().flatMap(([name, ids]) =>
        Array.from(source.byId(questionsFile(name))).filter(([id]) => ids.includes(id)),
      );
      return tasks.flatMap(([id, line], index) =>
        FORMAT_CONFIGS.map(({ text }, at) =>
          entryOf(`${category}_${index * FORMAT_CONFIGS.length + at}:${text}:${id}`, category, line),
        ),
      );
    },
    task: (entry) => {
      const original = entry.id.split(":")[2] ?? "";
      const name = original.slice(0, original.lastIndexOf("_"));
      const task = originals.get(original) ?? readTask(entry, categoryNamed(name), answersOf(source, name, original));
      originals.set(original, task);
      const format = configIn(entry.id);
      if (format === undefined) throw new Error(`${entry.id} names no configuration`);
      return {
        ...task,
        id: entry.id,
        category: entry.category,
        format,
        // Made when it is asked for: there are 5200 of them.
        get system_prompt() {
          return source.prompts.systemPrompt(format, task.functions);
        },
      };
    },
  };
}

function filesOf({ name, scored_by }: Category): string[] {
  return scored_by === "ast" ? [questionsFile(name), answersFile(name)] : [questionsFile(name)];
}

const entryOf = (id: string, category: string, line: string): Entry => ({
  id,
  category,
  source_index: sourceIndexOf(id),
  line,
});

function answersOf(source: Source, category: string, id: string): PyDict[] {
  if (categoryNamed(category).scored_by !== "ast") return [];
  const answer = loads(source.line(answersFile(category), id)) as PyDict;
  return (answer.get("ground_truth") ?? []) as PyDict[];
}

function readTask(
  { id, source_index, line }: Entry,
  { name, language, scored_by }: Category,
  possible_answer: readonly PyDict[],
): SingleTurnTask {
  if (scored_by !== "ast" && scored_by !== "relevance" && scored_by !== "irrelevance")
    throw new Error(`${name} is no single-turn category`);
  const entry = loads(line) as PyDict;
  const schemas = (entry.get("function") ?? []) as PyDict[];
  return {
    kind: "single_turn",
    id,
    category: name,
    source_index,
    question: plain(entry.get("question") ?? []) as unknown as Message[][],
    functions: language === "python" ? schemas : schemas.map((doc) => sourceTextDoc(doc, language)),
    schemas,
    language,
    scored_by,
    shape: shapeOf(name),
    possible_answer,
  };
}
