import { categoryNamed } from "../data/categories.ts";

/** Right answers of a category, of those that were scored and of those that it has. */
export interface CategoryScore {
  readonly correct: number;
  readonly scored: number;
  readonly tasks: number;
}

/** An accuracy with the number of tasks behind it. `missing`: some category under it has no results and counts as 0. */
export interface Accuracy {
  readonly accuracy: number;
  readonly count: number;
  readonly missing: boolean;
}

/** A row of the leaderboard's table: `level` is how deep it stands under the overall score. */
export interface TableRow extends Accuracy {
  readonly name: string;
  readonly level: 0 | 1 | 2 | 3;
}

/** What the parts of the overall score weigh, in the official order. */
const WEIGHTS = { non_live: 10, live: 10, irrelevance: 10, multi_turn: 30, agentic: 40 } as const;

/**
 * The leaderboard's table from the scores of the categories, as the official `generate_leaderboard_csv` computes it: mostly
 * plain means, weighted by tasks in the live categories; the overall score weighs its five parts. A category without
 * results counts as 0.
 */
export function leaderboard(scores: ReadonlyMap<string, CategoryScore>, tasksOf: (name: string) => number): TableRow[] {
  const of = (name: string): Accuracy => {
    categoryNamed(name);
    const score = scores.get(name);
    if (score === undefined || score.scored === 0) return { accuracy: 0, count: tasksOf(name), missing: true };
    return { accuracy: score.correct / score.scored, count: score.scored, missing: false };
  };
  const simple = mean([of("simple_python"), of("simple_java"), of("simple_javascript")]);
  const nonLive = mean([simple, of("multiple"), of("parallel"), of("parallel_multiple")]);
  const live = byCount(["live_simple", "live_multiple", "live_parallel", "live_parallel_multiple"].map(of));
  const irrelevance = mean([of("irrelevance"), of("live_irrelevance")]);
  const multiTurn = ["base", "miss_func", "miss_param", "long_context"].map((name) => `multi_turn_${name}`);
  const multiTurnMean = mean(multiTurn.map(of));
  const webSearch = ["web_search_base", "web_search_no_snippet"];
  const memory = ["memory_kv", "memory_vector", "memory_rec_sum"];
  const [webSearchMean, memoryMean] = [mean(webSearch.map(of)), mean(memory.map(of))];
  const agentic = mean([webSearchMean, memoryMean]);
  const row = (level: TableRow["level"], name: string, accuracy: Accuracy): TableRow => ({ level, name, ...accuracy });
  const rows = (level: TableRow["level"], names: readonly string[]): TableRow[] =>
    names.map((name) => row(level, name, of(name)));
  return [
    row(0, "overall", weighted([nonLive, live, irrelevance, multiTurnMean, agentic], Object.values(WEIGHTS))),
    row(1, "non_live", nonLive),
    row(2, "simple", simple),
    ...rows(3, ["simple_python", "simple_java", "simple_javascript"]),
    ...rows(2, ["multiple", "parallel", "parallel_multiple"]),
    row(1, "live", live),
    ...rows(2, ["live_simple", "live_multiple", "live_parallel", "live_parallel_multiple"]),
    row(1, "irrelevance_mean", irrelevance),
    ...rows(2, ["irrelevance", "live_irrelevance"]),
    row(1, "multi_turn", multiTurnMean),
    ...rows(2, multiTurn),
    row(1, "agentic", agentic),
    row(2, "web_search", webSearchMean),
    ...rows(3, webSearch),
    row(2, "memory", memoryMean),
    ...rows(3, memory),
    row(1, "live_relevance", of("live_relevance")),
    row(1, "format_sensitivity", of("format_sensitivity")),
  ];
}

const total = (parts: readonly Accuracy[]): number => parts.reduce((sum, { count }) => sum + count, 0);
const isMissing = (parts: readonly Accuracy[]): boolean => parts.some(({ missing }) => missing);

/** Sums run from left to right, as Python's do: the last digit of a score is the official one. */
function mean(parts: readonly Accuracy[]): Accuracy {
  const sum = parts.reduce((before, { accuracy }) => before + accuracy, 0);
  return { accuracy: sum / parts.length, count: total(parts), missing: isMissing(parts) };
}

function byCount(parts: readonly Accuracy[]): Accuracy {
  const sum = parts.reduce((before, { accuracy, count }) => before + accuracy * count, 0);
  return { accuracy: sum / total(parts), count: total(parts), missing: isMissing(parts) };
}

function weighted(parts: readonly Accuracy[], weights: readonly number[]): Accuracy {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const sum = parts.reduce((before, { accuracy }, index) => before + accuracy * ((weights[index] ?? 0) / all), 0);
  return { accuracy: sum, count: total(parts), missing: isMissing(parts) };
}
