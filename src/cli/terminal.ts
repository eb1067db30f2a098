/** A table with a header, columns as wide as their cells; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const right = header.map((_, column) => rows.every((row) => /^[\d.,/ %-]*$/.test(row[column] ?? "")));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => (right[column] ? (row[column] ?? "").padStart(width) : (row[column] ?? "").padEnd(width)))
      .join("  ")
      .trimEnd();
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** A progress bar on a terminal; without one, a line at each quarter, so that a log stays short. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  readonly #out: { isTTY?: boolean; write(text: string): unknown };
  #done = 0;
  #shown = 0;

  constructor(label: string, total: number, out: { isTTY?: boolean; write(text: string): unknown }) {
    this.#label = label;
    this.#total = total;
    this.#out = out;
  }

  tick(): void {
    this.#done++;
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const mark = Math.floor(share * (this.#out.isTTY ? 200 : 4));
    if (mark === this.#shown) return;
    this.#shown = mark;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
    if (this.#out.isTTY)
      this.#out.write(`\r${this.#label} ${bar} ${this.#done}/${this.#total}${share === 1 ? "\n" : ""}`);
    else this.#out.write(`${this.#label} ${this.#done}/${this.#total}\n`);
  }
}

const BAR_WIDTH = 30;

/** The value below which a share `p` of the sorted values lies; NaN for none. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
