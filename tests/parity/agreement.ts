import { createHash } from "node:crypto";

/** What comparing one record found: where it disagrees, empty when it agrees. */
export interface Compared {
  readonly id: string;
  readonly unstable: boolean;
  readonly disagreements: readonly string[];
}

const MAX_SHOWN = 400;

/** A recorded result text, or what stands for a long one. */
export function sameText(recorded: unknown, ours: string): boolean {
  if (typeof recorded === "string") return recorded === ours;
  if (typeof recorded !== "object" || recorded === null || !("sha256" in recorded)) return false;
  return recorded.sha256 === createHash("sha256").update(ours).digest("hex");
}

export function disagreement(where: string, recorded: unknown, ours: unknown): string {
  return `${where}\n      recorded: ${shown(recorded)}\n      ours:     ${shown(ours)}`;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === undefined ? "nothing" : text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
