import { dumps } from "../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../src/environments/bfcl/python/values.ts";

/** One trajectory for the official engine. `truth` asks for the checker's verdict too. */
export interface OfficialQuery {
  readonly id: string;
  readonly classes: readonly string[];
  readonly config: PyDict;
  readonly turns: readonly (readonly string[])[];
  readonly truth: readonly (readonly string[])[] | null;
}

export interface OfficialAnswer {
  readonly results: string[][];
  readonly state: string;
  readonly verdict: { [field: string]: unknown } | null;
}

/** A Python 3.11 with the official package and mpmath, or why there is none. */
export const OFFICIAL_PYTHON: string | null = process.env.STEPWELL_BFCL_PYTHON ?? null;

/** Runs trajectories through the official engine, each in a fresh process; answers in the order of the queries. */
export async function runOfficially(python: string, queries: readonly OfficialQuery[]): Promise<OfficialAnswer[]> {
  const child = Bun.spawn([python, `${import.meta.dir}/official_engine.py`], {
    stdin: new TextEncoder().encode(queries.map((query) => `${queryText(query)}\n`).join("")),
    stdout: "pipe",
    stderr: "pipe",
    // A fixed hash seed: texts that print a set would otherwise differ from run to run.
    env: { ...process.env, PYTHONHASHSEED: "0", TZ: "UTC" },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`the official engine ended with code ${code}: ${err.slice(-2000)}`);
  const answers: OfficialAnswer[] = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  if (answers.length !== queries.length)
    throw new Error(`${queries.length} queries, ${answers.length} answers: ${err.slice(-2000)}`);
  return answers;
}

function queryText(query: OfficialQuery): string {
  const fields: [string, PyValue][] = [
    ["id", query.id],
    ["classes", [...query.classes]],
    ["config", query.config],
    ["turns", query.turns.map((calls) => [...calls])],
    ["truth", query.truth === null ? null : query.truth.map((calls) => [...calls])],
  ];
  return dumps(PyDict.of(fields));
}
