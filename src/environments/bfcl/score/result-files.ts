import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PyError } from "../python/errors.ts";
import { loads } from "../python/json.ts";
import { PyDict, type PyValue } from "../python/values.ts";

/** One line of a result file. */
export interface ResultLine {
  readonly id: string;
  readonly result: PyValue;
}

/** How `bfcl generate` names its files. */
const RESULT_FILE = /^BFCL_v\d+_\w+_result\.json$/;

/**
 * The result files that paths mean: files as they are, folders with what `bfcl generate` wrote in them. Rejects with an
 * Error where there is none.
 */
export async function resultFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch(() => null);
    if (entry === null) throw new Error(`there is no file ${path}`);
    if (!entry.isDirectory()) {
      found.push(path);
      continue;
    }
    const inside = (await readdir(path, { recursive: true })).filter((name) =>
      RESULT_FILE.test(name.split(/[\\/]/).at(-1) ?? ""),
    );
    if (inside.length === 0) throw new Error(`${path} has no BFCL_v4_<category>_result.json in it`);
    found.push(...inside.sort().map((name) => join(path, name)));
  }
  return found;
}

/** The lines of a result file: JSON objects with `id` and `result`. Rejects with an Error that names the line. */
export async function readResults(path: string): Promise<ResultLine[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [readLine(line, `${path}:${index + 1}`)]));
}

function readLine(line: string, where: string): ResultLine {
  const entry = parsed(line, where);
  const id = entry instanceof PyDict ? entry.get("id") : undefined;
  const result = entry instanceof PyDict ? entry.get("result") : undefined;
  if (typeof id !== "string" || result === undefined) {
    throw new Error(`${where}: a line must be {"id": ..., "result": ...}, as \`bfcl generate\` writes it`);
  }
  return { id, result };
}

function parsed(line: string, where: string): PyValue {
  try {
    return loads(line);
  } catch (error) {
    if (error instanceof PyError) throw new Error(`${where}: not JSON: ${error.message}`);
    throw error;
  }
}
