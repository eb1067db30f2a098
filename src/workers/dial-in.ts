import { createHash, timingSafeEqual } from "node:crypto";
import type { Launcher, Worker } from "../actors/ports.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { WorkerHello } from "../protocol/worker-frames.ts";
import type { LaunchContext } from "./endpoint.ts";
import type { RemoteChannel } from "./remote-channel.ts";
import { remoteWorker } from "./remote-worker.ts";
import { type RawWorkerSocket, WorkerSocket } from "./worker-socket.ts";

export interface DoorOptions extends LaunchContext {
  /** What a worker has to show. */
  readonly token: string;
  /** The most instances of one worker; it may say fewer. */
  readonly capacity?: number;
  workerId(env_type: string): string;
}

/**
 * Takes in workers that dial the server's own address: on other machines, started by whoever runs them. Each environment
 * that it serves gets one Worker of it; they share the socket.
 */
export class WorkerDoor {
  readonly #options: DoorOptions;
  readonly #arrivals = new Map<string, (worker: Worker) => void>();

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** The launcher given, or one that launches nothing, with the workers of that environment that come by themselves. */
  launcher(env_type: string, launcher: Launcher | null): Launcher {
    return {
      kind: launcher?.kind ?? "dial-in",
      launch: (worker_id, signal) =>
        launcher?.launch(worker_id, signal) ?? Promise.reject(new Error(`workers of ${env_type} come by themselves`)),
      onArrival: (arrived) => void this.#arrivals.set(env_type, arrived),
    };
  }

  /** A socket at /v1/worker; `bearer` is the token of its header, where it had one. */
  accept(raw: RawWorkerSocket, bearer: string | null): WorkerSocket {
    return new WorkerSocket(raw, {
      ...this.#options,
      admit: (hello) => this.#admit(hello, bearer),
      arrived: (channel, hello) => void this.#join(channel, hello),
    });
  }

  #admit(hello: WorkerHello, bearer: string | null): string {
    if (!sameToken(bearer ?? hello.token ?? "", this.#options.token)) {
      throw new ProtocolError("unauthorized", "a worker shows the `worker_token` of the server");
    }
    const served = hello.env_types.find((env_type) => this.#arrivals.has(env_type));
    if (served !== undefined) return this.#options.workerId(served);
    const known = [...this.#arrivals.keys()].join(", ");
    const message = `this server takes no workers of ${hello.env_types.join(", ")}; it takes some of: ${known || "nothing"}`;
    throw new ProtocolError("unknown_environment", message);
  }

  async #join(channel: RemoteChannel, hello: WorkerHello): Promise<void> {
    const { log } = this.#options;
    const capacity = Math.min(hello.capacity, this.#options.capacity ?? Number.POSITIVE_INFINITY);
    const stop = async () => channel.lose("stopped");
    for (const env_type of hello.env_types) {
      const arrived = this.#arrivals.get(env_type);
      if (!arrived) continue;
      try {
        arrived(await remoteWorker({ channel, env_type, capacity, stop }));
        log.info("a worker has dialled in", { env_type, worker_id: channel.worker_id, capacity });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error("a worker that dialled in is of no use", { env_type, worker_id: channel.worker_id, reason });
        channel.lose(reason);
      }
    }
  }
}

function sameToken(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
