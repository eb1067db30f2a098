import { dumps } from "../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../src/environments/bfcl/python/values.ts";
import { askLines } from "./official-process.ts";

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

/** Runs trajectories through the official engine, each in a fresh process; answers in the order of the queries. */
export async function runOfficially(queries: readonly OfficialQuery[]): Promise<OfficialAnswer[]> {
  const answers = await askLines(`${import.meta.dir}/official_engine.py`, queries.map(queryText));
  return answers.map((line) => JSON.parse(line));
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
