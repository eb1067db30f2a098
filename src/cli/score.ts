import { stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ScoreOptions } from "../environments/native.ts";
import { nativeEnvironments } from "../environments/registry.ts";
import { ProgressBar, table } from "./terminal.ts";

const JSON_NAME = "stepwell-score.json";

/** Scores files of model outputs, prints the table and writes it as JSON beside them. Returns the exit code. */
export async function runScore(
  env_type: string,
  paths: readonly string[],
  { names, compat, json }: Pick<ScoreOptions, "names" | "compat"> & { json: string | null },
): Promise<number> {
  const native = nativeEnvironments[env_type];
  if (!native?.score) {
    const able = Object.entries(nativeEnvironments).flatMap(([name, { score }]) => (score ? [name] : []));
    console.error(`no scores for an environment "${env_type}"; there are for: ${able.join(", ")}`);
    return 2;
  }
  let bar: ProgressBar | null = null;
  const scored = await native.score(paths, {
    names,
    compat,
    progress: (line) => process.stderr.write(`${line}\n`),
    start: (total) => {
      bar = new ProgressBar("scoring", total, process.stderr);
    },
    tick: () => bar?.tick(),
  });
  console.log(table(scored.header, scored.rows));
  for (const note of scored.notes) console.log(note);
  const path = json ?? (await besideOf(paths[0] ?? "."));
  await writeFile(path, `${JSON.stringify(scored.json, null, 2)}\n`);
  console.log(`written to ${path}`);
  return 0;
}

async function besideOf(path: string): Promise<string> {
  return join((await stat(path)).isDirectory() ? path : dirname(path), JSON_NAME);
}
