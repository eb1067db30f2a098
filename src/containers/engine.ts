import type Docker from "dockerode";
import { EngineError, engineError } from "./engine-error.ts";

/** Whether a Docker engine can be used now. `absent` is a state and no crash: it may come back. */
export type EngineState =
  | {
      readonly kind: "answers";
      readonly version: string;
      /** Names of the runtimes that it has, for example runc, runsc. */
      readonly runtimes: readonly string[];
      /** Whether it has an init program that reaps what a worker leaves behind. */
      readonly has_init: boolean;
    }
  | { readonly kind: "absent"; readonly message: string };

const DEFAULT_SOCKET = "/var/run/docker.sock";
/** Milliseconds for a short question; an engine that hangs must not hang us. */
const CALL_TIMEOUT_MS = 30_000;

/**
 * A Docker engine, reached at `host` (as DOCKER_HOST has it) or at the engine's usual socket. Nothing connects before the
 * first call, each call has a deadline, and what goes wrong is an EngineError.
 */
export class Engine {
  readonly address: string;
  /** Whether the engine runs on this machine, so that a folder of ours can be mounted. */
  readonly local: boolean;
  #docker: Promise<Docker> | null = null;

  constructor(host: string | undefined = process.env.DOCKER_HOST) {
    this.address = host || `unix://${DEFAULT_SOCKET}`;
    this.local = this.address.startsWith("unix://");
  }

  async state(): Promise<EngineState> {
    try {
      const info = await this.call("use containers", (docker) => docker.info(), 5_000);
      return {
        kind: "answers",
        version: String(info.ServerVersion),
        runtimes: Object.keys(info.Runtimes ?? {}),
        has_init: Boolean(info.InitBinary),
      };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const message = `${error.message}. Start the Docker engine, or set DOCKER_HOST to where it listens`;
      return { kind: "absent", message };
    }
  }

  /** Asks the engine. `what` completes "could not ...". Rejects with an EngineError. */
  async call<T>(
    what: string,
    run: (docker: Docker, signal: AbortSignal) => Promise<T>,
    timeout_ms: number = CALL_TIMEOUT_MS,
  ): Promise<T> {
    const abort = new AbortController();
    const late = new Promise<never>((_, reject) => {
      abort.signal.addEventListener("abort", () =>
        reject(
          new EngineError("absent", `could not ${what}: the Docker engine gave no answer in ${timeout_ms / 1000} s`),
        ),
      );
    });
    const timer = setTimeout(() => abort.abort(), timeout_ms);
    try {
      const answer = run(await this.#client(), abort.signal);
      // What is aborted rejects once more, to nobody.
      answer.catch(() => {});
      return await Promise.race([answer, late]);
    } catch (error) {
      throw engineError(error, what, this.address);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks for something that ends when the container does: no deadline, but the caller's signal. */
  async follow<T>(what: string, run: (docker: Docker) => Promise<T>): Promise<T> {
    try {
      return await run(await this.#client());
    } catch (error) {
      throw engineError(error, what, this.address);
    }
  }

  /** Loaded at the first call: a server without containers does not pay for the library. */
  #client(): Promise<Docker> {
    this.#docker ??= import("dockerode").then(({ default: Client }) =>
      this.local ? new Client({ socketPath: this.address.slice("unix://".length) }) : new Client(remote(this.address)),
    );
    return this.#docker;
  }
}

/** An engine over TCP; certificates come from DOCKER_CERT_PATH, as the library reads them. */
function remote(address: string): { host: string; port: number; protocol: "http" | "https" } {
  const url = new URL(address.replace(/^tcp:/, process.env.DOCKER_TLS_VERIFY ? "https:" : "http:"));
  const protocol = url.protocol === "https:" ? "https" : "http";
  return { host: url.hostname, port: Number(url.port || (protocol === "https" ? 2376 : 2375)), protocol };
}
