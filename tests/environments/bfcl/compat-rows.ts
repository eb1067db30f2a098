import { readFileSync } from "node:fs";
import { join } from "node:path";

const page = readFileSync(join(import.meta.dir, "../../../docs/bfcl.md"), "utf8");

/** What the official side does, of every row of a table of docs/bfcl.md: the first cells below the heading's. */
export function compatRows(heading: string): string[] {
  const lines = page.split("\n");
  const from = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  if (from === -1) throw new Error(`docs/bfcl.md has no table headed ${heading}`);
  const length = lines.slice(from).findIndex((line) => !line.startsWith("|"));
  return lines.slice(from + 2, from + length).map((line) => line.split(" | ")[0]?.slice(2) ?? "");
}
