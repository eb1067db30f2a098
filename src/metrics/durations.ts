import { Histogram, type Registry } from "prom-client";

/** Upper bounds in seconds: from a native step (tens of microseconds) to a create in a container. */
export const BOUNDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1, 5, 30, 120];

interface Tally {
  readonly env_type: string;
  readonly op: string;
  /** Durations up to each bound and above the one before, then those above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** A histogram of durations by environment and op. Every step adds to it: to plain sums, until somebody asks. */
export class Durations extends Histogram<"env_type" | "op"> {
  readonly #name: string;
  readonly #help: string;
  readonly #tallies = new Map<string, Map<string, Tally>>();

  constructor(name: string, help: string, registry: Registry) {
    super({ name, help, labelNames: ["env_type", "op"], buckets: BOUNDS, registers: [registry] });
    this.#name = name;
    this.#help = help;
  }

  add(env_type: string, op: string, seconds: number): void {
    const tally = this.#tallies.get(env_type)?.get(op) ?? this.#begin(env_type, op);
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket++;
    tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
    tally.sum += seconds;
  }

  /** What prom-client reads a metric by. */
  async getForPromString() {
    const tallies = [...this.#tallies.values()].flatMap((ops) => [...ops.values()]);
    return {
      name: this.#name,
      help: this.#help,
      type: "histogram",
      aggregator: "sum",
      values: tallies.flatMap((tally) => this.#valuesOf(tally)),
    };
  }

  #begin(env_type: string, op: string): Tally {
    const tally = { env_type, op, counts: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0 };
    const ops = this.#tallies.get(env_type) ?? new Map<string, Tally>();
    this.#tallies.set(env_type, ops.set(op, tally));
    return tally;
  }

  #valuesOf({ env_type, op, counts, sum }: Tally) {
    const labels = { env_type, op };
    let upTo = 0;
    const buckets = counts.map((count, bucket) => {
      upTo += count;
      return { labels: { le: BOUNDS[bucket] ?? "+Inf", ...labels }, value: upTo, metricName: `${this.#name}_bucket` };
    });
    return [
      ...buckets,
      { labels, value: sum, metricName: `${this.#name}_sum` },
      { labels, value: upTo, metricName: `${this.#name}_count` },
    ];
  }
}
