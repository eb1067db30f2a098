import type { Entry } from "./source.ts";
import type { BfclTask } from "./types.ts";

/** How the tasks of one kind stand in the files. */
export interface TaskReader {
  /** The files that a category needs: looked for at the start. */
  files(category: string): readonly string[];
  /** The tasks of a category, in the official order. */
  entries(category: string): readonly Entry[];
  task(entry: Entry): BfclTask;
}
