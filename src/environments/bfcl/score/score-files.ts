import type { Scored, ScoreOptions } from "../../native.ts";
import { CATEGORIES } from "../data/categories.ts";
import type { BfclData, BfclTask } from "../data/types.ts";
import { loadGrammar } from "../decode/grammars.ts";
import { PyDateTime } from "../python/datetime.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import type { CheckOptions } from "../single-turn/function-rule.ts";
import { formatSpread } from "./format-spread.ts";
import { type CategoryScore, leaderboard } from "./leaderboard.ts";
import { type ResultLine, readResults, resultFiles } from "./result-files.ts";
import { type EntryScore, scoreEntry } from "./score-entry.ts";

/** Scores result files of the leaderboard's own format. Rejects with an Error that says what is wrong with a file. */
export async function scoreFiles(data: BfclData, paths: readonly string[], options: ScoreOptions): Promise<Scored> {
  const lines = new Map<string, ResultLine>();
  for (const file of await resultFiles(paths)) {
    for (const line of await readResults(file)) lines.set(line.id, line);
  }
  const names = namesOf(options.names, [...lines.values()]);
  const today = PyDateTime.fromTimestamp(Date.now() / 1000);
  const entryOptions = {
    names,
    fixed: options.compat === "fixed",
    context: { longContext: data.longContext, today: () => today },
  };
  const failures: { id: string; error_type: string; error: string }[] = [];
  const byCategory = new Map<string, { task: BfclTask; score: EntryScore }[]>();
  options.start(lines.size);
  for (const { id, result } of lines.values()) {
    options.tick();
    // A session before the questions of a memory task is no question.
    if (id.includes("prereq")) continue;
    const task = data.anyTask(id);
    if (task.kind === "single_turn" && task.language !== "python") await loadGrammar(task.language);
    const score = scoreEntry(task, result, entryOptions);
    const scored = byCategory.get(task.category) ?? [];
    byCategory.set(task.category, scored);
    scored.push({ task, score });
    if (!score.valid) failures.push({ id, error_type: score.error_type ?? "", error: score.error ?? "" });
  }
  const tasksOf = (name: string): number => data.count(name);
  const scores = new Map(Array.from(byCategory, ([name, all]) => [name, countOf(all, tasksOf(name))]));
  const rows = leaderboard(scores, tasksOf);
  const spread = formatSpread(byCategory.get("format_sensitivity") ?? []);
  return {
    header: ["", "accuracy", "correct", "scored", "of"],
    rows: rows.map(({ name, level, accuracy, missing }) => {
      const score = scores.get(name);
      const isCategory = CATEGORIES.some((category) => category.name === name);
      const share = missing && isCategory ? "none" : `${(accuracy * 100).toFixed(2)} %${missing ? " *" : ""}`;
      const counts = score === undefined ? ["", "", ""] : [score.correct, score.scored, score.tasks].map(String);
      return [`${"  ".repeat(level)}${name}`, share, ...counts];
    }),
    notes: [
      ...(options.compat === "fixed"
        ? ["compat fixed: without the defects of the official evaluation, so not the leaderboard's scores"]
        : []),
      ...(rows.some(({ missing, level }) => missing && level < 2)
        ? ["* some category has no results: it counts as 0, as on the leaderboard"]
        : []),
      ...(spread === null
        ? []
        : [
            `format sensitivity: largest difference ${spread.accuracy_max_delta}, standard deviation ${spread.accuracy_std}`,
          ]),
    ],
    json: {
      names,
      compat: options.compat,
      table: rows.map(({ name, accuracy, count, missing }) => ({ name, accuracy, count, missing })),
      categories: Object.fromEntries(
        Array.from(scores, ([name, { correct, scored, tasks }]) => [
          name,
          { accuracy: correct / scored, correct_count: correct, total_count: scored, tasks },
        ]),
      ),
      ...(spread === null ? {} : { format_sensitivity: { ...spread } }),
      failures,
    },
  };
}

function countOf(all: readonly { score: EntryScore }[], tasks: number): CategoryScore {
  return { correct: all.filter(({ score }) => score.valid).length, scored: all.length, tasks };
}

/**
 * Whether names with dots are to be written with dots or with underscores. The official evaluation knows it of every
 * model; here, calls of an API whose names never have a dot come from one that knows none.
 */
function namesOf(given: ScoreOptions["names"], lines: readonly ResultLine[]): CheckOptions["names"] {
  if (given !== "auto") return given;
  const called = lines.flatMap(({ result }) => (isApiResult(result) ? result.flatMap(keysOf) : []));
  return called.length > 0 && !called.some((name) => name.includes(".")) ? "underscores" : "dots";
}

function isApiResult(result: PyValue): result is PyValue[] {
  return Array.isArray(result) && result.length > 0 && result.every((call) => call instanceof PyDict);
}

const keysOf = (call: PyValue): string[] => (call instanceof PyDict ? Array.from(call.keys(), String) : []);
