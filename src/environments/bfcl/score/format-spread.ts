import type { BfclTask } from "../data/types.ts";
import { round } from "../python/builtins.ts";
import type { EntryScore } from "./score-entry.ts";

/** How much the accuracy depends on the configuration, in points: the official figures. */
export interface FormatSpread {
  readonly accuracy_max_delta: number;
  readonly accuracy_variance: number;
  readonly accuracy_std: number;
  readonly configurations: { [config: string]: number };
}

/** The spread of the accuracies of the configurations; null without results. */
export function formatSpread(all: readonly { task: BfclTask; score: EntryScore }[]): FormatSpread | null {
  if (all.length === 0) return null;
  const byConfig = Map.groupBy(all, ({ task }) => (task.kind === "single_turn" ? (task.format?.text ?? "") : ""));
  const accuracies = new Map(
    Array.from(byConfig, ([config, each]) => [config, each.filter(({ score }) => score.valid).length / each.length]),
  );
  const values = [...accuracies.values()];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = values.length > 1 ? squares / (values.length - 1) : 0;
  const points = (value: number): number => Number(round(value, 2n));
  return {
    accuracy_max_delta: points((Math.max(...values) - Math.min(...values)) * 100),
    accuracy_variance: points(variance * 100 ** 2),
    accuracy_std: points(Math.sqrt(variance) * 100),
    configurations: Object.fromEntries(accuracies),
  };
}
