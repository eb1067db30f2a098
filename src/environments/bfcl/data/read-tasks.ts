import type { Category } from "./categories.ts";
import { memoryReader, webSearchReader } from "./read-agentic.ts";
import { multiTurnReader } from "./read-multi-turn.ts";
import { formatSensitivityReader, singleTurnReader } from "./read-single-turn.ts";
import type { Source } from "./source.ts";
import type { TaskReader } from "./task-reader.ts";

/** The reader of a category, by what judges it. */
export function taskReaders(source: Source): (category: Category) => TaskReader {
  const multiTurn = multiTurnReader(source);
  const memory = memoryReader(source);
  const webSearch = webSearchReader(source);
  const singleTurn = singleTurnReader(source);
  const formatSensitivity = formatSensitivityReader(source);
  return ({ scored_by, group }) => {
    switch (scored_by) {
      case "multi_turn":
        return multiTurn;
      case "agentic":
      case "nothing":
        return group === "web_search" ? webSearch : memory;
      case "ast":
      case "relevance":
      case "irrelevance":
        return group === "format_sensitivity" ? formatSensitivity : singleTurn;
    }
  };
}
