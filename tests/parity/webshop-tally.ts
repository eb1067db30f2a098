import { disagreement } from "./agreement.ts";

const MAX_KEPT = 5;

/** Counts what was compared, and keeps the first disagreements. */
export class Tally {
  compared = 0;
  agreeing = 0;
  readonly disagreements: string[] = [];

  /** Compares by the JSON of both sides, which is what the records are. */
  same(where: string, recorded: unknown, ours: unknown): void {
    this.all(where, [[where, recorded, ours]]);
  }

  /** One comparison of several fields: it agrees when all do. */
  all(where: string, fields: readonly (readonly [name: string, recorded: unknown, ours: unknown])[]): void {
    this.compared++;
    const wrong = fields.filter(([, recorded, ours]) => JSON.stringify(recorded) !== JSON.stringify(ours));
    if (wrong.length === 0) this.agreeing++;
    else if (this.disagreements.length < MAX_KEPT) {
      for (const [name, recorded, ours] of wrong)
        this.disagreements.push(disagreement(`${where}: ${name}`, recorded, ours));
    }
  }

  /** A record that cannot be compared counts as disagreeing. */
  failed(where: string, error: unknown): void {
    this.compared++;
    if (this.disagreements.length < MAX_KEPT) {
      this.disagreements.push(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
}
