import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** One file of recorded results: `<set>.<anything>.jsonl.gz`. */
export interface GoldenFile {
  readonly set: string;
  readonly path: string;
}

/** A record as it stands in a file, with its text: numbers are read from the text where int and float matter. */
export interface GoldenLine {
  readonly text: string;
  readonly record: Readonly<Record<string, unknown>>;
}

const FILE = /^([a-z_]+)\..*jsonl\.gz$/;

/** The files of a folder by name. Throws when the folder is missing or has none. */
export function goldenFiles(directory: string): GoldenFile[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) throw new Error(`there is no folder ${directory}`);
  const files = readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const set = FILE.exec(name)?.[1];
      return set === undefined ? [] : [{ set, path: join(directory, name) }];
    });
  if (files.length === 0) throw new Error(`${directory} holds no <set>.*.jsonl.gz`);
  return files;
}

/** The records of a file. Lines end with "\n" alone: texts hold other line separators. */
export function goldenLines(path: string): GoldenLine[] {
  const text = new TextDecoder().decode(Bun.gunzipSync(readFileSync(path)));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ text: line, record: readRecord(line) }));
}

/** Python writes Infinity and NaN, which JSON does not know: in a record their texts will do. */
function readRecord(line: string): GoldenLine["record"] {
  try {
    return JSON.parse(line);
  } catch {
    const quoted = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
    return JSON.parse(line.replace(quoted, (token) => (token.startsWith('"') ? token : `"${token}"`)));
  }
}
