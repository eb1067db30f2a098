import { readFileSync, readlinkSync } from "node:fs";

/**
 * The process that a container belongs to. A process id alone is not enough, it comes again: with the moment at which the
 * process started, the boot and the space of process ids that it counts in, it names one process for good.
 */
export interface Owner {
  readonly pid: number;
  /** Start of the process, in clock ticks since boot; empty where the system does not tell. */
  readonly started: string;
  /** Identity of this boot of the machine. */
  readonly boot: string;
  /** Identity of the space of process ids: another container's 7 is not ours. */
  readonly pid_space: string;
}

export function thisProcess(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? "", boot: bootId(), pid_space: pidSpace() };
}

/**
 * Whether the owner still runs. `unknown`: it counts its process ids in another space (a server in a container), where
 * nobody here can look.
 */
export function ownerState(owner: Owner, here: Owner = thisProcess()): "alive" | "dead" | "unknown" {
  if (owner.boot !== here.boot) return "dead";
  if (owner.pid_space !== here.pid_space) return "unknown";
  const started = startOf(owner.pid);
  if (started === null) return "dead";
  return started === owner.started ? "alive" : "dead";
}

/** When a process started, as text; null when there is none. A zombie is none: it owns nothing any more. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== "") {
    // Fields after the name, which may hold blanks and brackets: state is the 1st, the start the 20th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? "");
  }
  try {
    process.kill(pid, 0);
    return "";
  } catch {
    return null;
  }
}

function bootId(): string {
  return read("/proc/sys/kernel/random/boot_id").trim();
}

function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
