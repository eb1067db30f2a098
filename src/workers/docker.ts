import type { Launcher, Worker } from "../actors/ports.ts";
import type { Container } from "../containers/container.ts";
import type { Containers } from "../containers/containers.ts";
import type { ImageFacts } from "../containers/image.ts";
import type { ContainerLimits } from "../containers/limits.ts";
import { happened, untilReady } from "../containers/readiness.ts";
import type { WorkerInputs } from "../environments/worker-inputs.ts";
import { type LaunchContext, openEndpoint } from "./endpoint.ts";
import type { RemoteChannel } from "./remote-channel.ts";
import { remoteWorker } from "./remote-worker.ts";

export interface DockerLauncherOptions extends LaunchContext {
  readonly env_type: string;
  readonly containers: Containers;
  /** The image, made where it is not there; asked for at each launch. */
  image(): Promise<{ readonly name: string; readonly facts: ImageFacts }>;
  /** "uid:gid" in place of the image's user; null for that one. */
  readonly user: string | null;
  /** Arguments for the image's program, which finds its server in STEPWELL_WORKER_URL, _TOKEN and _ID. Null: its own. */
  readonly command: readonly string[] | null;
  /** What it gets of this machine, beside the folder of its socket; asked for at each launch. */
  inputs?(): Promise<WorkerInputs>;
  /** What its container may use and do. */
  readonly allowed: ContainerLimits;
  /** The most instances at once; a worker may say fewer. */
  readonly capacity?: number;
  /** Milliseconds from the start of the container until its worker has registered. */
  readonly ready_ms?: number;
}

const READY_MS = 120_000;
/** Where the folder of the socket is in a container. */
const SOCKET_FOLDER = "/run/stepwell";
/** How long a worker whose socket closed may take to end, before what it printed is read, ms. */
const ENDING_MS = 1_000;

/**
 * Workers in Docker containers without a network: all that such a worker has of this machine is the socket in the folder of
 * its endpoint, which is mounted read-only.
 */
export function dockerLauncher(options: DockerLauncherOptions): Launcher {
  return { kind: "docker", launch: (worker_id, signal) => launch(options, worker_id, signal) };
}

async function launch(options: DockerLauncherOptions, worker_id: string, signal?: AbortSignal): Promise<Worker> {
  const { containers, env_type } = options;
  if (!containers.engine.local) {
    const { address } = containers.engine;
    throw new Error(
      `the Docker engine at ${address} is on another machine, where the socket of a worker cannot be mounted`,
    );
  }
  const image = await options.image();
  const { reads, variables } = (await options.inputs?.()) ?? { reads: {}, variables: {} };
  signal?.throwIfAborted();
  const { user, owner, capabilities } = identity(options.user, image.facts.user);
  const endpoint = openEndpoint({ ...options, worker_id, ...(owner === null ? {} : { owner }) });
  let worker: ContainerWorker;
  try {
    const container = await containers.run({
      worker_id,
      env_type,
      image: image.name,
      command: options.command,
      user,
      environment: {
        ...variables,
        STEPWELL_WORKER_URL: `ws+unix:${SOCKET_FOLDER}/${endpoint.socket}:/v1/worker`,
        STEPWELL_WORKER_TOKEN: endpoint.token,
        STEPWELL_WORKER_ID: worker_id,
        ...(options.capacity === undefined ? {} : { STEPWELL_WORKER_CAPACITY: String(options.capacity) }),
      },
      mounts: Object.entries({ ...reads, [endpoint.dir]: SOCKET_FOLDER }).map(([source, target]) => {
        return { source, target, read_only: true };
      }),
      limits: { ...options.allowed, capabilities: [...options.allowed.capabilities, ...capabilities] },
    });
    worker = new ContainerWorker(options, container, endpoint.close);
  } catch (error) {
    endpoint.close();
    throw error;
  }
  try {
    const registered = happened("its worker to register", endpoint.arrived);
    await untilReady(worker.container, registered, options.ready_ms ?? READY_MS, signal);
    const { channel, hello } = await endpoint.arrived;
    worker.watch(channel);
    const capacity = Math.min(hello.capacity, options.capacity ?? Number.POSITIVE_INFINITY);
    return await remoteWorker({ channel, env_type, capacity, stop: () => worker.stop() });
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

class ContainerWorker {
  readonly container: Container;
  readonly #options: DockerLauncherOptions;
  readonly #closeEndpoint: () => void;
  #channel: RemoteChannel | null = null;
  #diagnosed: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(options: DockerLauncherOptions, container: Container, closeEndpoint: () => void) {
    this.container = container;
    this.#options = options;
    this.#closeEndpoint = closeEndpoint;
  }

  /** The worker is lost when its container ends; what it printed last goes to the log before the container is removed. */
  watch(channel: RemoteChannel): void {
    this.#channel = channel;
    void this.container.exited.then(({ reason }) => channel.lose(reason));
    void channel.gone.then((reason) => {
      if (!this.#stopped) this.#diagnosed = this.#diagnose(reason);
    });
  }

  /** Ends the container with everything in it, and removes the endpoint. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#channel?.lose("stopped");
    await this.#diagnosed;
    await this.#options.containers.remove(this.container);
    this.#closeEndpoint();
  }

  /** A worker ends when its socket closes: how, its container says a moment later. */
  async #diagnose(lost: string): Promise<void> {
    const { env_type, log } = this.#options;
    const exit = await Promise.race([this.container.exited, Bun.sleep(ENDING_MS)]);
    const reason = exit?.reason ?? lost;
    log.error("worker lost", {
      env_type,
      worker_id: this.container.worker_id,
      reason,
      output: await this.container.log(),
    });
  }
}

interface Identity {
  /** In place of the image's user; null for that one. */
  readonly user: string | null;
  /** Who the socket has to belong to; null for us. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** What the worker needs to reach a socket that is not its own. */
  readonly capabilities: readonly string[];
}

/**
 * Who the worker is, so that it and nobody else reaches its socket. A server that is root gives the socket to the image's
 * user. Another one cannot give files away: the worker is then the server's user; or, where it has to be root because it
 * starts children as others, it may pass by the permissions of files.
 */
function identity(told: string | null, imageUser: string): Identity {
  const [uid = 0, gid = uid] = (told ?? imageUser).split(":").map(Number);
  if (!Number.isSafeInteger(uid) || !Number.isSafeInteger(gid)) {
    throw new Error(`the image's user is "${imageUser}": give it as numbers, USER uid:gid`);
  }
  const [ourUid, ourGid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (ourUid === 0) return { user: told, owner: uid === 0 ? null : { uid, gid }, capabilities: [] };
  if (uid === 0) return { user: told, owner: null, capabilities: ["DAC_OVERRIDE"] };
  return { user: `${ourUid}:${ourGid}`, owner: null, capabilities: [] };
}
