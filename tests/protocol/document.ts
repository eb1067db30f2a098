import { readFileSync } from "node:fs";
import { join } from "node:path";

export const page = readFileSync(join(import.meta.dir, "../../docs/protocol.md"), "utf8");

export interface Line {
  readonly from: "client" | "server";
  readonly text: string;
}

/** The examples of the page, in their order: `>` lines go to the server, `<` lines come from it. */
export const examples: Line[][] = [
  ...page.replaceAll(/^```worker\n[\s\S]*?^```$/gm, "").matchAll(/^```\n([\s\S]*?)^```$/gm),
].map((match) =>
  (match[1] ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => ({ from: line.startsWith("> ") ? "client" : "server", text: line.slice(2) })),
);

/** The examples of a worker's socket: `>` lines go to the server, `<` lines to the worker. */
export const workerExamples = [...page.matchAll(/^```worker\n([\s\S]*?)^```$/gm)].flatMap((match) =>
  (match[1] ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => ({ from: line.startsWith("> ") ? ("worker" as const) : ("server" as const), text: line.slice(2) })),
);

/** The lines of a table between its two comments. */
export function tableOf(name: string): string[] {
  const found = new RegExp(`<!-- ${name}:.*-->\\n([\\s\\S]*?)<!-- end of ${name} -->`).exec(page)?.[1];
  if (found === undefined) throw new Error(`the page has no table "${name}"`);
  return found.trimEnd().split("\n");
}
