import type { Category } from "./categories.ts";
import { memoryReader, webSearchReader } from "./read-agentic.ts";
import { multiTurnReader } from "./read-multi-turn.ts";
import { formatSensitivityReader, singleTurnReader } from "./read-single-turn.ts";
import type { Entry, Source } from "./source.ts";
import type { BfclTask } from "./types.ts";

/** How the tasks of one kind stand in the files. */
export interface TaskReader {
  /** The files that a category needs: looked for at the start. */
  files(category: string): readonly string[];
  /** The tasks of a category, in the official order. */
  entries(category: string): readonly Entry[];
  task(entry: Entry): BfclTask;
}

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
