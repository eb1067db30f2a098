import { createHash } from "node:crypto";

/** The files of the official package that are kept, by their path inside it. */
export type DataFiles = ReadonlyMap<string, Uint8Array>;

export const LONG_CONTEXT = "bfcl_eval/eval_checker/multi_turn_eval/func_source_code/long_context.py";
/** Where the official prompts stand: those of format sensitivity and of the agentic categories are read from it. */
export const PROMPTS = "bfcl_eval/constants/default_prompts.py";
/** Python modules that are kept, for the literals in them. */
export const SOURCES: readonly string[] = [LONG_CONTEXT, PROMPTS];
const DATA = "bfcl_eval/data/";

export const REMEDY = "run `stepwell pull bfcl` again, or look where STEPWELL_BFCL_DATA points";

/** Which tasks of other categories the format sensitivity category has. */
export const FORMAT_SENSITIVITY = `${DATA}BFCL_v4_format_sensitivity.json`;
export const questionsFile = (category: string): string => `${DATA}BFCL_v4_${category}.json`;
export const answersFile = (category: string): string => `${DATA}possible_answer/BFCL_v4_${category}.json`;
/** The sessions of a scenario that fill a memory before it is asked about. */
export const prerequisitesFile = (scenario: string): string =>
  `${DATA}memory_prereq_conversation/memory_${scenario}.json`;
export const docsFile = (name: string): string => `${DATA}multi_turn_func_doc/${name}.json`;

/** Whether a file of the package is data that some category needs. */
export function isKept(path: string): boolean {
  return (
    SOURCES.includes(path) || (path.startsWith(DATA) && path.endsWith(".json") && !path.includes("unused_datasets"))
  );
}

/** sha256 over names and contents, in the order of names: the same however the files came here. */
export function digestOf(files: DataFiles): string {
  const hash = createHash("sha256");
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(path).update("\0").update(String(bytes.length)).update("\0").update(bytes);
  }
  return hash.digest("hex");
}
