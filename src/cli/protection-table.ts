import type { Protection } from "../environments/external.ts";
import { table } from "./terminal.ts";

/** What keeps the model's code of an environment in where its workers are processes of this machine, for a person to read. */
export function protectionTable(env_type: string, rows: readonly Protection[]): string {
  const cells = rows.map(({ against, holds, by }) => [against, holds ? "yes" : "NO", by]);
  return `Workers of ${env_type} are processes of this machine. Around a model's code:\n\n${table(["wall", "up", "by"], cells)}\n`;
}
