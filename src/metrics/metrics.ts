import { Counter, Gauge, Registry } from "prom-client";
import type { WellEvent } from "../protocol/events.ts";
import { Durations } from "./durations.ts";

/** What is read when somebody asks, rather than counted as it happens. */
export interface MetricsSource {
  instances(): ReadonlyMap<string, ReadonlyMap<string, number>>;
  waiting(): ReadonlyMap<string, number>;
  /** Workers by environment and what they do. */
  workers(): ReadonlyMap<string, Readonly<Record<string, number>>>;
  sessions(): number;
  /** Replies that sessions keep until they are acknowledged, and their bytes. */
  kept(): { readonly count: number; readonly bytes: number };
  /** Deadlines that are armed. */
  deadlines(): number;
  /** What the containers of each environment use now. */
  containers(): Promise<ReadonlyMap<string, ContainerUsage>>;
}

/** All containers of an environment together; `cpu_s` since each of them started. */
export interface ContainerUsage {
  readonly memory_bytes: number;
  readonly cpu_s: number;
  readonly processes: number;
}

/** The Prometheus registry of a server, fed by events. Labels are environments, states and codes: never an instance or a run. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #steps = this.#tally("stepwell_steps_total", "Steps done.", "env_type");
  readonly #ends = this.#counter("stepwell_episode_ends_total", "Episodes that ended.", ["env_type", "end_reason"]);
  readonly #failures = this.#counter("stepwell_failures_total", "Failures of ours.", ["env_type", "kind"]);
  readonly #parseErrors = this.#counter("stepwell_parse_errors_total", "Parse errors shown to models.", ["env_type"]);
  readonly #refused = this.#counter("stepwell_creates_refused_total", "Creates that were refused.", [
    "env_type",
    "code",
  ]);
  readonly #released = this.#counter("stepwell_releases_total", "Instances let go.", ["env_type", "reason"]);
  readonly #bytes = this.#tally("stepwell_bytes_total", "Bytes of messages on sockets.", "direction");
  readonly #waited = new Durations("stepwell_request_waiting_seconds", "Time in line.", this.#registry);
  readonly #ran = new Durations("stepwell_request_running_seconds", "Time with a worker.", this.#registry);
  readonly #containerMemory = this.#measure("stepwell_container_memory_bytes", "Memory of containers.");
  readonly #containerCpu = this.#measure("stepwell_container_cpu_seconds", "Processor time of living containers.");
  readonly #containerProcesses = this.#measure("stepwell_container_processes", "Processes in containers.");
  readonly #source: MetricsSource;

  constructor(source: MetricsSource) {
    this.#source = source;
    this.#gauge("stepwell_instances", "Live instances.", ["env_type", "state"], (gauge) => {
      gauge.reset();
      for (const [env_type, states] of source.instances()) {
        for (const [state, count] of states) gauge.set({ env_type, state }, count);
      }
    });
    this.#gauge("stepwell_creates_waiting", "Creates in line.", ["env_type"], (gauge) => {
      for (const [env_type, count] of source.waiting()) gauge.set({ env_type }, count);
    });
    this.#gauge("stepwell_workers", "Workers.", ["env_type", "state"], (gauge) => {
      for (const [env_type, states] of source.workers()) {
        for (const [state, count] of Object.entries(states)) gauge.set({ env_type, state }, count);
      }
    });
    this.#gauge("stepwell_sessions", "Sessions, with a socket or not.", [], (gauge) => gauge.set(source.sessions()));
    this.#gauge("stepwell_kept_replies", "Replies kept for a resume.", [], (gauge) => gauge.set(source.kept().count));
    this.#gauge("stepwell_kept_reply_bytes", "Their bytes.", [], (gauge) => gauge.set(source.kept().bytes));
    this.#gauge("stepwell_deadlines", "Deadlines that are armed.", [], (gauge) => gauge.set(source.deadlines()));
    this.#gauge("process_resident_memory_bytes", "Resident memory of the server.", [], (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    );
  }

  /** The metrics in Prometheus' text format. */
  async text(): Promise<string> {
    const usage = await this.#source.containers();
    for (const gauge of [this.#containerMemory, this.#containerCpu, this.#containerProcesses]) gauge.reset();
    for (const [env_type, { memory_bytes, cpu_s, processes }] of usage) {
      this.#containerMemory.set({ env_type }, memory_bytes);
      this.#containerCpu.set({ env_type }, cpu_s);
      this.#containerProcesses.set({ env_type }, processes);
    }
    return this.#registry.metrics();
  }

  readonly record = (event: WellEvent): void => {
    switch (event.kind) {
      case "ran": {
        const { env_type, op, waited, ran, end_reason, parse_errors } = event;
        if (op === "step") add(this.#steps, env_type, 1);
        if (end_reason !== null) this.#ends.inc({ env_type, end_reason });
        if (parse_errors > 0) this.#parseErrors.inc({ env_type }, parse_errors);
        this.#waited.add(env_type, op, waited);
        this.#ran.add(env_type, op, ran);
        return;
      }
      case "failed":
        this.#failures.inc({ env_type: event.env_type, kind: event.failure });
        return this.#ends.inc({ env_type: event.env_type, end_reason: "failure" });
      case "created":
        this.#waited.add(event.env_type, "create", event.waited);
        this.#ran.add(event.env_type, "create", event.ran);
        return;
      case "refused":
        return this.#refused.inc({ env_type: event.env_type, code: event.code });
      case "released":
        return this.#released.inc({ env_type: event.env_type, reason: event.reason });
      case "bytes":
        return add(this.#bytes, event.direction, event.bytes);
    }
  };

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  /** A counter of what happens with every step: plain sums, which cost nothing, until somebody asks. */
  #tally<L extends string>(name: string, help: string, label: L): Map<string, number> {
    const sums = new Map<string, number>();
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, sum] of sums) this.inc({ [label]: value } as Record<L, string>, sum);
      },
    });
    return sums;
  }

  /** Of an environment; set when somebody asks. */
  #measure(name: string, help: string): Gauge<"env_type"> {
    return new Gauge({ name, help, labelNames: ["env_type"], registers: [this.#registry] });
  }

  #gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (gauge: Gauge<L>) => void,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        read(this);
      },
    });
  }
}

function add(sums: Map<string, number>, label: string, amount: number): void {
  sums.set(label, (sums.get(label) ?? 0) + amount);
}
