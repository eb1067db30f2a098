import type { HostConfig } from "dockerode";

/** What a container may use and do. Everything not named here is closed. */
export interface ContainerLimits {
  /** Bytes of memory, swap included: past it the kernel ends a process inside. */
  readonly memory_bytes: number;
  /** Processors, fractions allowed; null for all. */
  readonly cpus: number | null;
  /** Processes and threads: what a fork bomb is stopped by. */
  readonly pids: number;
  /** Writable folders, in memory: path to bytes. The rest of the file system is read-only. */
  readonly writable: Readonly<Record<string, number>>;
  /** Capabilities that the worker's supervisor needs; none by default. */
  readonly capabilities: readonly string[];
  /** Another runtime than the engine's own, for example "runsc"; null for its own. */
  readonly runtime: string | null;
}

export const DEFAULT_LIMITS: ContainerLimits = {
  memory_bytes: 2 * 1024 ** 3,
  cpus: null,
  pids: 512,
  writable: { "/tmp": 64 * 1024 ** 2 },
  capabilities: [],
  runtime: null,
};

/** Bytes of a container's output that are kept on disk, for diagnosis: the newest, in two files. */
const LOG_FILE_BYTES = 4 * 1024 ** 2;

/**
 * The limits as the engine takes them. No network but its own loopback, no capability but those named, no way to gain
 * others, the engine's default seccomp filter (which naming none of our own keeps), nothing writable but memory.
 */
export function hostConfig(limits: ContainerLimits, has_init: boolean): HostConfig {
  return {
    Memory: limits.memory_bytes,
    // The same number: no swap on top.
    MemorySwap: limits.memory_bytes,
    ...(limits.cpus === null ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
    PidsLimit: limits.pids,
    ReadonlyRootfs: true,
    Tmpfs: Object.fromEntries(
      Object.entries(limits.writable).map(([path, bytes]) => [path, `rw,noexec,nosuid,nodev,mode=1777,size=${bytes}`]),
    ),
    NetworkMode: "none",
    CapDrop: ["ALL"],
    CapAdd: [...limits.capabilities],
    SecurityOpt: ["no-new-privileges"],
    IpcMode: "private",
    ...(limits.runtime === null ? {} : { Runtime: limits.runtime }),
    Ulimits: [{ Name: "core", Soft: 0, Hard: 0 }],
    // When the whole machine runs out of memory, a worker goes before the server.
    OomScoreAdj: 500,
    // Reaps the processes that a worker's children leave behind, where the engine has the program for it.
    Init: has_init,
    RestartPolicy: { Name: "no" },
    LogConfig: {
      Type: "json-file",
      // Not blocking: a flood of output costs the log its oldest lines, never the worker its time.
      Config: { "max-size": String(LOG_FILE_BYTES), "max-file": "2", mode: "non-blocking", "max-buffer-size": "1m" },
    },
  };
}
