import type { Launcher, Worker } from "../actors/ports.ts";
import type { WorkerProgram } from "../environments/external.ts";
import { type Endpoint, type LaunchContext, openEndpoint } from "./endpoint.ts";
import { noteWorker } from "./endpoint-folders.ts";
import { LogTail } from "./log-tail.ts";
import { killGroup } from "./process-identity.ts";
import type { RemoteChannel } from "./remote-channel.ts";
import { remoteWorker } from "./remote-worker.ts";

export interface ProcessLauncherOptions extends LaunchContext {
  readonly env_type: string;
  /** The program, asked for at each launch. It finds its server in STEPWELL_WORKER_URL, _TOKEN and _ID. */
  program(): WorkerProgram | Promise<WorkerProgram>;
  /** The most instances at once; a worker may say fewer. */
  readonly capacity?: number;
  /** Milliseconds from the start of the process until it has registered. */
  readonly ready_ms?: number;
}

const READY_MS = 120_000;
/** Milliseconds that a worker whose socket closed gets to end by itself before it is killed. */
const GRACE_MS = 3_000;
/** Secrets of the server, which no worker has a use for. */
const SECRETS = new Set(["STEPWELL_TOKEN", "STEPWELL_TOKENS_FILE", "STEPWELL_WORKER_TOKEN", "STEPWELL_TLS_KEY"]);

/**
 * Workers as processes of this machine: each has its own process group, so that it is killed with its children, and its
 * own endpoint. Nothing keeps such a worker from reading what this user may read: that is for containers.
 */
export function processLauncher(options: ProcessLauncherOptions): Launcher {
  return { kind: "process", launch: (worker_id, signal) => launch(options, worker_id, signal) };
}

async function launch(options: ProcessLauncherOptions, worker_id: string, signal?: AbortSignal): Promise<Worker> {
  const program = await options.program();
  const endpoint = openEndpoint({ ...options, worker_id });
  let child: WorkerProcess;
  try {
    child = new WorkerProcess(options, program, worker_id, endpoint);
  } catch (error) {
    endpoint.close();
    throw new Error(`${program.command[0]} cannot be started: ${error instanceof Error ? error.message : error}`);
  }
  let channel: RemoteChannel | null = null;
  const stop = () => child.stop(channel);
  try {
    const joined = await Promise.race([endpoint.arrived, child.refusal(options.ready_ms ?? READY_MS, signal)]);
    channel = joined.channel;
    child.watch(channel);
    const capacity = Math.min(joined.hello.capacity, options.capacity ?? Number.POSITIVE_INFINITY);
    return await remoteWorker({ channel, env_type: options.env_type, capacity, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

class WorkerProcess {
  readonly #options: ProcessLauncherOptions;
  readonly #program: WorkerProgram;
  readonly #worker_id: string;
  readonly #endpoint: Endpoint;
  readonly #tail = new LogTail();
  readonly #child;
  readonly #written: Promise<unknown>;
  #stopped: Promise<void> | null = null;

  constructor(options: ProcessLauncherOptions, program: WorkerProgram, worker_id: string, endpoint: Endpoint) {
    this.#options = options;
    this.#program = program;
    this.#worker_id = worker_id;
    this.#endpoint = endpoint;
    this.#child = Bun.spawn([...program.command], {
      detached: true,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: environmentOf(options, program, worker_id, endpoint),
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    });
    noteWorker(endpoint.dir, this.#child.pid);
    this.#written = Promise.all([this.#tail.follow(this.#child.stdout), this.#tail.follow(this.#child.stderr)]);
  }

  /** Rejects when the process ends, when it takes too long, or when nobody wants it any more. */
  async refusal(ready_ms: number, signal: AbortSignal | undefined): Promise<never> {
    const gaveUp = Promise.withResolvers<string>();
    const timer = setTimeout(() => gaveUp.resolve(`did not register within ${ready_ms / 1000} s`), ready_ms);
    const onAbort = () => gaveUp.resolve("was stopped before it had registered");
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    try {
      const why = await Promise.race([gaveUp.promise, this.#ending()]);
      throw new Error(`the worker (${this.#program.command.join(" ")}) ${why}${this.#tail.ending}`);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** The worker is lost when its process ends, and what it wrote last goes to the log. */
  watch(channel: RemoteChannel): void {
    void this.#ending().then((why) => {
      channel.lose(`the worker's process ${why}`);
      if (this.#stopped) return;
      const { env_type, log } = this.#options;
      log.error("worker lost", { env_type, worker_id: this.#worker_id, reason: why, output: this.#tail.text });
    });
  }

  /** Ends the process and whatever is in its group, and removes the endpoint. */
  stop(channel: RemoteChannel | null): Promise<void> {
    this.#stopped ??= this.#stop(channel);
    return this.#stopped;
  }

  async #stop(channel: RemoteChannel | null): Promise<void> {
    const { pid, exited } = this.#child;
    channel?.lose("stopped");
    if (channel) await Promise.race([exited, Bun.sleep(GRACE_MS)]);
    const deadline = Date.now() + GRACE_MS;
    // A killed process takes a moment to be gone, and its children are reaped by somebody else.
    while (killGroup(pid) && Date.now() < deadline) await Bun.sleep(5);
    await exited;
    this.#endpoint.close();
  }

  /** How the process ended, when it has, and all that it wrote was read. */
  async #ending(): Promise<string> {
    await this.#child.exited;
    // A child of it may hold the pipes open: what it writes later is not waited for.
    await Promise.race([this.#written, Bun.sleep(100)]);
    const { exitCode, signalCode } = this.#child;
    return signalCode === null ? `ended with code ${exitCode}` : `was ended by ${signalCode}`;
  }
}

function environmentOf(
  options: ProcessLauncherOptions,
  program: WorkerProgram,
  worker_id: string,
  endpoint: Endpoint,
): Record<string, string | undefined> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRETS.has(name)));
  return {
    ...inherited,
    ...program.env,
    // What it leaves when it is killed goes with its endpoint.
    TMPDIR: endpoint.dir,
    STEPWELL_WORKER_URL: endpoint.url,
    STEPWELL_WORKER_TOKEN: endpoint.token,
    STEPWELL_WORKER_ID: worker_id,
    ...(options.capacity === undefined ? {} : { STEPWELL_WORKER_CAPACITY: String(options.capacity) }),
  };
}
