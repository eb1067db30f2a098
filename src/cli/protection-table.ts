import type { Protection } from "../protocol/worker-answers.ts";
import { table } from "./terminal.ts";

/** What keeps the model's code of an environment in where its workers run, for a person to read. `where` completes "they are". */
export function protectionTable(env_type: string, where: string, rows: readonly Protection[]): string {
  const cells = rows.map(({ wall, up, what }) => [wall, up ? "yes" : "NO", what]);
  return `Workers of ${env_type} are ${where}. Around a model's code:\n\n${table(["wall", "up", "by"], cells)}\n`;
}
