import { askLines, whyNotOfficial } from "../official-process.ts";

/** Why the official memory and answer checker can't be asked here; null when they can. */
export const missingOfficial: string | null = whyNotOfficial("bfcl-eval, rank_bm25 0.2.2 and numpy 1.26.4");

/** Sends queries to official_agentic.py; answers come in their order. */
export async function askOfficially(queries: readonly object[]): Promise<unknown[]> {
  const lines = queries.map((query) => JSON.stringify(query));
  return (await askLines(`${import.meta.dir}/official_agentic.py`, lines)).map((line) => JSON.parse(line));
}
