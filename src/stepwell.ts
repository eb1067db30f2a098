import type { BunFile, Server } from "bun";
import { nanoid } from "nanoid";
import packageJson from "../package.json" with { type: "json" };
import { MemoryStore } from "./actors/memory-store.ts";
import { perform } from "./actors/perform.ts";
import type { Clock, Ids, Launcher } from "./actors/ports.ts";
import { Sessions } from "./actors/sessions.ts";
import { System } from "./actors/system.ts";
import { nativeEnvironments } from "./environments/registry.ts";
import { Metrics } from "./metrics/metrics.ts";
import { type Options, type OptionsInput, readOptions } from "./options.ts";
import { type Call, Calls, type Transport } from "./protocol/calls.ts";
import { WIRE_LIMITS } from "./protocol/limits.ts";
import { parseRequest } from "./protocol/ops.ts";
import { DEFAULT_PRINCIPAL, Principals, readTokens } from "./server/principals.ts";
import { type Handlers, handlers, isLoopback, type SocketData } from "./server/server.ts";
import { systemClock } from "./util/clock.ts";
import { inProcessLauncher, type LoadEnvironment } from "./workers/in-process.ts";

/** What a program may bring of its own, besides the options. */
export interface StepwellParts {
  /** Environments of your own, beside the built-in ones or in their place. */
  environments?: Readonly<Record<string, LoadEnvironment>>;
  /** Told of long work while environments load, a line at a time. */
  progress?: (line: string) => void;
  clock?: Clock;
  ids?: Ids;
}

/**
 * A Stepwell in this process. The calls are those of a client; no port is open until `listen`. `fetch` and `websocket`
 * can be mounted in a Bun.serve of your own.
 */
export class Stepwell extends Calls implements AsyncDisposable {
  readonly options: Options;
  readonly fetch: Handlers["fetch"];
  readonly websocket: Handlers["websocket"];
  readonly #system: System;
  readonly #sessions: Sessions;
  readonly #needsToken: boolean;
  #server: Server<SocketData> | null = null;

  constructor(options: Options, system: System, sessions: Sessions, metrics: Metrics) {
    super(localTransport(system));
    this.options = options;
    this.#system = system;
    this.#sessions = sessions;
    const principals = new Principals(readTokens(options));
    this.#needsToken = principals.required;
    const door = handlers({
      system,
      sessions,
      principals,
      limits: WIRE_LIMITS,
      version: packageJson.version,
      loopbackOnly: !principals.required && options.unix === undefined && isLoopback(options.host),
      emit: metrics.record,
      metrics: () => metrics.text(),
    });
    this.fetch = door.fetch;
    this.websocket = door.websocket;
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
  const metrics: Metrics = new Metrics({
    instances: () => system.load.instances,
    waiting: () => system.load.waiting,
    sessions: () => sessions.size,
  });
  const system: System = new System({
    version: packageJson.version,
    environments: chooseEnvironments(options, parts).map(([env_type, launcher]) => ({
      env_type,
      launcher,
      min_workers: 1,
      max_workers: 1,
      queue_limit: options.create_queue_limit,
    })),
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
  const stepwell = new Stepwell(options, system, sessions, metrics);
  system.start();
  return stepwell;
}

function tlsOf({ tls_cert, tls_key }: Options): { tls?: { cert: BunFile; key: BunFile } } {
  if (tls_cert === undefined && tls_key === undefined) return {};
  if (tls_cert === undefined || tls_key === undefined) throw new Error("TLS needs both tls_cert and tls_key");
  return { tls: { cert: Bun.file(tls_cert), key: Bun.file(tls_key) } };
}

function chooseEnvironments(options: Options, parts: StepwellParts): [string, Launcher][] {
  const progress = parts.progress ?? (() => {});
  const native = Object.entries(nativeEnvironments).map(([name, { load }]) => [name, () => load(progress)] as const);
  const known: Readonly<Record<string, LoadEnvironment>> = { ...Object.fromEntries(native), ...parts.environments };
  const names = options.environments ?? Object.keys(known);
  return names.map((name) => {
    const load = known[name];
    if (!load) throw new Error(`no environment "${name}"; there are: ${Object.keys(known).join(", ")}`);
    return [name, inProcessLauncher(load)];
  });
}

function randomIds(node: string): Ids {
  return {
    instance: () => `${node}-${nanoid(16)}`,
    session: () => `${node}-s-${nanoid(24)}`,
    worker: (env_type) => `${node}-${env_type}-${nanoid(8)}`,
  };
}

/** Calls inside this process: checked and answered as on a socket, without bytes. No session holds the instances. */
function localTransport(system: System): Transport {
  const caller = { principal: DEFAULT_PRINCIPAL, holder: { live: true, held: new Set<never>() as Set<never> } };
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
