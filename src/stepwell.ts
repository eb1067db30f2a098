import type { BunFile, Server } from "bun";
import { nanoid } from "nanoid";
import packageJson from "../package.json" with { type: "json" };
import { MemoryStore } from "./actors/memory-store.ts";
import { perform } from "./actors/perform.ts";
import type { PoolSettings } from "./actors/pool.ts";
import type { Clock, Ids, Launcher } from "./actors/ports.ts";
import { Sessions } from "./actors/sessions.ts";
import { System } from "./actors/system.ts";
import { Containers } from "./containers/containers.ts";
import { Engine } from "./containers/engine.ts";
import { commandEnvironment, splitCommand } from "./environments/external.ts";
import { externalEnvironments, nativeEnvironments } from "./environments/registry.ts";
import { Metrics } from "./metrics/metrics.ts";
import { type Options, type OptionsInput, readOptions } from "./options.ts";
import { type Call, Calls, type Transport } from "./protocol/calls.ts";
import { WIRE_LIMITS } from "./protocol/limits.ts";
import { parseRequest } from "./protocol/ops.ts";
import { DEFAULT_PRINCIPAL, Principals, readTokens } from "./server/principals.ts";
import { type Handlers, handlers, isLoopback, type SocketData } from "./server/server.ts";
import { systemClock } from "./util/clock.ts";
import { Deadlines } from "./util/deadlines.ts";
import type { Log } from "./util/log.ts";
import { WorkerDoor } from "./workers/dial-in.ts";
import { DockerHosting } from "./workers/docker-hosting.ts";
import { reapEndpoints } from "./workers/endpoint-folders.ts";
import {
  type HostingOptions,
  type LauncherKind,
  launcherOf,
  readLaunchers,
  type ServedEnvironment,
} from "./workers/hosting.ts";
import type { LoadEnvironment } from "./workers/in-process.ts";
import type { ShowProtections } from "./workers/protections.ts";
import { REMOTE_LIMITS } from "./workers/remote-channel.ts";

/** What a program may bring of its own, besides the options. */
export interface StepwellParts {
  /** Environments of your own, beside the built-in ones or in their place. */
  environments?: Readonly<Record<string, LoadEnvironment>>;
  /** Told of long work while environments load, a line at a time. */
  progress?: (line: string) => void;
  /** Told of workers that were lost, with what they wrote. */
  log?: Log;
  /** Shows people what keeps a model's code in where the workers run that run it. */
  showProtections?: ShowProtections;
  clock?: Clock;
  ids?: Ids;
}

/**
 * A Stepwell in this process. The calls are those of a client; no port is open until `listen`. `fetch` and `websocket`
 * can be mounted in a Bun.serve of your own.
 */
export class Stepwell extends Calls implements AsyncDisposable {
  readonly options: Options;
  /** Where the instances of each environment live. */
  readonly hosting: readonly { readonly env_type: string; readonly launcher: string }[];
  readonly fetch: Handlers["fetch"];
  readonly websocket: Handlers["websocket"];
  readonly #system: System;
  readonly #sessions: Sessions;
  readonly #needsToken: boolean;
  #server: Server<SocketData> | null = null;

  constructor(
    options: Options,
    system: System,
    sessions: Sessions,
    metrics: Metrics,
    hosted: readonly Hosted[],
    door: WorkerDoor | null,
  ) {
    super(localTransport(system));
    this.options = options;
    this.hosting = hosted.map(({ served, launcher }) => ({ env_type: served.env_type, launcher: launcher.kind }));
    this.#system = system;
    this.#sessions = sessions;
    const principals = new Principals(readTokens(options));
    this.#needsToken = principals.required;
    const routes = handlers({
      system,
      sessions,
      principals,
      limits: WIRE_LIMITS,
      version: packageJson.version,
      loopbackOnly: !principals.required && options.unix === undefined && isLoopback(options.host),
      emit: metrics.record,
      acceptWorker: door && ((socket, token) => door.accept(socket, token)),
      metrics: () => metrics.text(),
    });
    this.fetch = routes.fetch;
    this.websocket = routes.websocket;
  }

  /** Live instances. */
  get size(): number {
    return this.#system.size;
  }

  /** Resolves when every environment is loaded or known to be unavailable. */
  get settled(): Promise<void> {
    return this.#system.settled();
  }

  /** Environments that are served now. */
  get served(): string[] {
    const { loading, unavailable } = this.#system.readiness;
    return this.#system
      .profiles()
      .flatMap(({ env_type }) => (loading.includes(env_type) || env_type in unavailable ? [] : [env_type]));
  }

  get readiness(): System["readiness"] {
    return this.#system.readiness;
  }

  /** Opens the port or the unix socket of the options. Returns the address that clients connect to. */
  listen(): string {
    const { host, port, unix } = this.options;
    if (unix === undefined && !this.#needsToken && !isLoopback(host)) {
      throw new Error(
        `${host} can be reached from other machines: give a token (--token or STEPWELL_TOKEN), or listen on 127.0.0.1`,
      );
    }
    const { fetch, websocket } = this;
    const tls = tlsOf(this.options);
    const serving = { fetch: (request: Request, server: Server<SocketData>) => fetch(request, server), websocket };
    this.#server =
      unix === undefined
        ? Bun.serve({ hostname: host, port, ...serving, ...tls })
        : Bun.serve({ unix, ...serving, ...tls });
    if (unix !== undefined) return `ws+unix:${unix}:/v1`;
    return `${tls.tls ? "wss" : "ws"}://${host}:${this.#server.port}/v1`;
  }

  /** Lets live instances end within the drain time, refuses new ones, then stops. */
  async drain(): Promise<void> {
    await this.#system.drain();
    await this.#close();
  }

  /** Stops at once; live instances are released. */
  async stop(): Promise<void> {
    await this.#system.stop();
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #close(): Promise<void> {
    this.#sessions.endAll();
    await this.#server?.stop(true);
    this.#server = null;
  }
}

/**
 * Makes a Stepwell; resolves when every environment is loaded or known to be unavailable (`readiness` says which).
 * Throws an Error on wrong options.
 */
export async function createStepwell(given: OptionsInput = {}, parts: StepwellParts = {}): Promise<Stepwell> {
  const well = startStepwell(given, parts);
  await well.settled;
  return well;
}

/** As createStepwell, without waiting for the environments: a server answers /healthz while they load. */
export function startStepwell(given: OptionsInput = {}, parts: StepwellParts = {}): Stepwell {
  const options = readOptions(given, process.env);
  const clock = parts.clock ?? systemClock;
  const ids = parts.ids ?? randomIds(options.node);
  const deadlines = new Deadlines(clock);
  const hosting = hostingOptions(options, ids, deadlines, parts);
  const hosted = hostEnvironments(options, parts, hosting);
  if (hosted.some(({ launcher }) => launcher.kind !== "in-process")) reapEndpoints();
  const metrics: Metrics = new Metrics({
    instances: () => system.load.instances,
    waiting: () => system.load.waiting,
    workers: () => system.load.workers,
    sessions: () => sessions.size,
    kept: () => sessions.kept,
    deadlines: () => deadlines.size,
    containers: () => hosting.docker.usage(),
  });
  const system: System = new System({
    version: packageJson.version,
    environments: hosted.map(({ served, launcher }) => ({ ...poolSettings(served, launcher, options), launcher })),
    max_memory_bytes: options.max_memory ?? null,
    limits: {
      queue_limit: options.queue_limit,
      max_group: options.max_group,
      create_timeout_ms: options.create_timeout_s * 1000,
      worker_timeout_ms: options.worker_timeout_s * 1000,
      evaluate_timeout_ms: options.evaluate_timeout_s * 1000,
      idle_timeout_ms: options.idle_timeout_s * 1000,
      max_idle_timeout_ms: options.max_idle_timeout_s * 1000,
      drain_ms: options.drain_s * 1000,
    },
    clock,
    deadlines,
    ids,
    store: new MemoryStore(),
    stopwatch: () => performance.now() / 1000,
    emit: metrics.record,
  });
  const sessions: Sessions = new Sessions(system, {
    clock,
    ids,
    limits: {
      outlive_ms: options.session_timeout_s * 1000,
      in_flight: WIRE_LIMITS.in_flight,
      cache_count: WIRE_LIMITS.kept_replies,
      cache_bytes: WIRE_LIMITS.kept_bytes,
    },
  });
  const stepwell = new Stepwell(options, system, sessions, metrics, hosted, hosting.door);
  system.start();
  return stepwell;
}

const silent: Log = { info: () => {}, error: () => {} };

function hostingOptions(options: Options, ids: Ids, deadlines: Deadlines, parts: StepwellParts): HostingOptions {
  const { log = silent, progress = () => {} } = parts;
  const { instances_per_worker: capacity, worker_token: token, require_container } = options;
  const limits = {
    ...REMOTE_LIMITS,
    create_ms: options.create_timeout_s * 1000,
    step_ms: options.worker_timeout_s * 1000,
    evaluate_ms: options.evaluate_timeout_s * 1000,
  };
  const context = { server: `stepwell ${packageJson.version}`, deadlines, limits, log };
  const door =
    token === undefined
      ? null
      : new WorkerDoor({ ...context, token, workerId: ids.worker, ...(capacity === undefined ? {} : { capacity }) });
  const docker = new DockerHosting({
    containers: new Containers(new Engine(), options.node),
    version: packageJson.version,
    progress,
    memory_bytes: options.container_memory,
    cpus: options.container_cpus,
    runtime: options.container_runtime,
    non_root: options.container_non_root,
  });
  const showProtections = parts.showProtections ?? (() => {});
  return { context, capacity, door, requireContainer: require_container, docker, showProtections };
}

function tlsOf({ tls_cert, tls_key }: Options): { tls?: { cert: BunFile; key: BunFile } } {
  if (tls_cert === undefined && tls_key === undefined) return {};
  if (tls_cert === undefined || tls_key === undefined) throw new Error("TLS needs both tls_cert and tls_key");
  return { tls: { cert: Bun.file(tls_cert), key: Bun.file(tls_key) } };
}

/** An environment with what makes its workers. */
interface Hosted {
  readonly served: ServedEnvironment;
  readonly launcher: Launcher;
}

function hostEnvironments(options: Options, parts: StepwellParts, hosting: HostingOptions): Hosted[] {
  const progress = parts.progress ?? (() => {});
  const native = Object.entries(nativeEnvironments).map(
    ([env_type, { load, hasLongSteps, inputs }]): ServedEnvironment => ({
      env_type,
      load: () => load(progress),
      ...(hasLongSteps === undefined ? {} : { hasLongSteps }),
      ...(inputs === undefined ? {} : { inputs }),
      isBuiltIn: true,
      external: null,
    }),
  );
  const own = Object.entries(parts.environments ?? {}).map(
    ([env_type, load]): ServedEnvironment => ({ env_type, load, isBuiltIn: false, external: null }),
  );
  const commands = Object.entries(options.worker_commands).map(([env_type, line]): ServedEnvironment => {
    return { env_type, load: null, isBuiltIn: false, external: commandEnvironment(splitCommand(line)) };
  });
  const others = Object.entries(externalEnvironments).map(
    ([env_type, external]): ServedEnvironment => ({ env_type, load: null, isBuiltIn: false, external }),
  );
  const known = new Map([...native, ...others, ...own, ...commands].map((served) => [served.env_type, served]));
  // Not all: an engine in another language is installed before it is served.
  const names = options.environments ?? [...native, ...own, ...commands].map(({ env_type }) => env_type);
  const unnamed = commands.filter(({ env_type }) => !names.includes(env_type)).map(({ env_type }) => env_type);
  if (unnamed.length > 0)
    throw new Error(`name ${unnamed.join(", ")} among the environments too, or give no worker for it`);
  const kindOf = readLaunchers(options.launcher);
  return [...new Set(names)].map((env_type) => {
    const served = known.get(env_type) ?? dialledIn(env_type, kindOf(env_type));
    if (!served) throw new Error(`no environment "${env_type}"; there are: ${[...known.keys()].join(", ")}`);
    return { served, launcher: launcherOf(served, kindOf(env_type), hosting) };
  });
}

/** An environment that only the workers know which dial in. */
function dialledIn(env_type: string, kind: LauncherKind): ServedEnvironment | null {
  return kind === "dial-in" ? { env_type, load: null, isBuiltIn: false, external: null } : null;
}

function poolSettings({ env_type, external }: ServedEnvironment, { kind }: Launcher, options: Options): PoolSettings {
  const isHere = kind === "in-process";
  const most = kind === "dial-in" ? 0 : Math.max(options.workers, options.max_workers);
  return {
    env_type,
    min_workers: isHere ? 1 : Math.min(options.workers, most),
    max_workers: isHere ? 1 : most,
    spare_workers: isHere ? 0 : options.spare_workers,
    queue_limit: options.create_queue_limit,
    recycle_after: isHere ? null : (options.recycle_after ?? null),
    // A thread's memory is that of this process.
    recycle_bytes: isHere || kind === "thread" ? null : (options.recycle_memory ?? null),
    patience: isHere ? 1 : 3,
    relaunch: !isHere,
    idle_ms: options.worker_idle_s * 1000,
    // What is in this process is not counted: the limit is one of workers.
    worker_bytes: isHere ? 0 : (external?.worker_bytes ?? NATIVE_WORKER_BYTES),
  };
}

/** Bytes of a Bun process with a native environment, about. */
const NATIVE_WORKER_BYTES = 100 * 1024 * 1024;

function randomIds(node: string): Ids {
  return {
    instance: () => `${node}-${nanoid(16)}`,
    session: () => `${node}-s-${nanoid(24)}`,
    worker: (env_type) => `${node}-${env_type}-${nanoid(8)}`,
  };
}

/** Calls inside this process: checked and answered as on a socket, without bytes. No session holds the instances. */
function localTransport(system: System): Transport {
  const caller = { principal: DEFAULT_PRINCIPAL, holder: { id: "", live: true, held: new Set<never>() as Set<never> } };
  let id = 0;
  const send = (call: Call): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request = parseRequest({ id: ++id, ...call });
      perform(system, caller, request, (answer) =>
        answer.kind === "ok" ? resolve(answer.value) : reject(answer.error),
      );
    });
  return { send: (calls) => calls.map(send) };
}
