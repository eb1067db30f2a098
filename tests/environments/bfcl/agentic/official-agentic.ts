import { OFFICIAL_PYTHON } from "../official-process.ts";

/** Why the official memory and answer checker can't be asked here; null when they can. */
export const missingOfficial: string | null =
  OFFICIAL_PYTHON === null
    ? "STEPWELL_BFCL_PYTHON (a Python 3.11 with bfcl-eval, rank_bm25 0.2.2 and numpy 1.26.4) is not set"
    : null;

/** Sends queries to official_agentic.py; answers come in their order. */
export async function askOfficially(queries: readonly object[]): Promise<unknown[]> {
  if (OFFICIAL_PYTHON === null) throw new Error(missingOfficial ?? "no Python");
  const child = Bun.spawn([OFFICIAL_PYTHON, `${import.meta.dir}/official_agentic.py`], {
    stdin: new TextEncoder().encode(queries.map((query) => `${JSON.stringify(query)}\n`).join("")),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`the official package ended with code ${code}: ${err.slice(-2000)}`);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
