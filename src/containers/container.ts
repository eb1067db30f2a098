import type { Container as DockerContainer } from "dockerode";
import { backoff } from "../util/backoff.ts";
import type { Engine, EngineState } from "./engine.ts";
import { EngineError } from "./engine-error.ts";
import { type ContainerLabels, writeLabels } from "./labels.ts";
import { type ContainerLimits, hostConfig } from "./limits.ts";
import { splitLog } from "./logs.ts";
import { type Usage, usageOf } from "./usage.ts";

export interface Mount {
  /** A folder or file of this machine; it has to be there. */
  readonly source: string;
  readonly target: string;
  readonly read_only: boolean;
}

export interface ContainerSpec {
  /** Which worker it is for: also its name, so that it is unique and easy to find. */
  readonly worker_id: string;
  readonly env_type: string;
  readonly image: string;
  /** The program and its arguments; the image's own when null. */
  readonly command: readonly string[] | null;
  /** "uid" or "uid:gid" in place of the image's own user; null for the image's. */
  readonly user: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly limits: ContainerLimits;
}

/** How a container ended. */
export interface ContainerExit {
  /** Exit code; null when nobody can tell, because the engine or the container went away. */
  readonly code: number | null;
  /** Whether the kernel ended a process of it for its memory. */
  readonly out_of_memory: boolean;
  /** The same in words. */
  readonly reason: string;
}

/** Lines of output that are read for a diagnosis. */
const LOG_LINES = 40;
/** How long an engine that went away may take to come back before its containers count as lost, ms. */
const ENGINE_BACK_MS = 20_000;

/** A container of ours, from its creation to its removal. */
export class Container {
  readonly id: string;
  readonly worker_id: string;
  /** Settles when it ended; never rejects. */
  readonly exited: Promise<ContainerExit>;
  readonly #engine: Engine;

  private constructor(engine: Engine, id: string, worker_id: string) {
    this.#engine = engine;
    this.id = id;
    this.worker_id = worker_id;
    this.exited = this.#waitForExit();
  }

  /** Creates and starts one. What was created is removed again when it does not start. */
  static async run(engine: Engine, spec: ContainerSpec, labels: ContainerLabels): Promise<Container> {
    const state = await engine.state();
    checkEngine(state, spec.limits);
    const created = await engine.call(`create a container of ${spec.image}`, (docker) =>
      docker.createContainer({
        name: `stepwell-${spec.worker_id}`,
        Image: spec.image,
        ...(spec.command === null ? {} : { Cmd: [...spec.command] }),
        ...(spec.user === null ? {} : { User: spec.user }),
        Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
        Labels: writeLabels(labels),
        // The image's own starts a program every few seconds, which a worker's heartbeats replace.
        Healthcheck: { Test: ["NONE"] },
        HostConfig: {
          ...hostConfig(spec.limits, state.has_init),
          Mounts: spec.mounts.map(({ source, target, read_only }) => ({
            Type: "bind" as const,
            Source: source,
            Target: target,
            ReadOnly: read_only,
          })),
        },
      }),
    );
    try {
      await engine.call(`start a container of ${spec.image}`, () => created.start());
    } catch (error) {
      await removeContainer(engine, created.id).catch(() => {});
      throw error;
    }
    return new Container(engine, created.id, spec.worker_id);
  }

  /** The last lines that it printed, both streams in their order; what the engine cannot tell is an empty text. */
  async log(lines: number = LOG_LINES): Promise<string> {
    try {
      const bytes = await this.#ask("read a container's output", (container) =>
        container.logs({ stdout: true, stderr: true, tail: lines }),
      );
      return splitLog(bytes);
    } catch (error) {
      if (error instanceof EngineError) return "";
      throw error;
    }
  }

  /** What it uses now. Rejects with an EngineError when it is gone. */
  async usage(): Promise<Usage> {
    return usageOf(
      await this.#ask("measure a container", (container) => container.stats({ stream: false, "one-shot": true })),
    );
  }

  /** Sends a signal to its first process; one that has ended is no error. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    try {
      await this.#ask("signal a container", (container) => container.kill({ signal }));
    } catch (error) {
      // 404 and 409 say that there is nothing left to signal.
      if (!(error instanceof EngineError) || error.kind === "absent") throw error;
    }
  }

  #ask<T>(what: string, run: (container: DockerContainer) => Promise<T>): Promise<T> {
    return this.#engine.call(what, (docker) => run(docker.getContainer(this.id)));
  }

  async #waitForExit(): Promise<ContainerExit> {
    let lostAt: number | null = null;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#engine.follow("wait for a container", (docker) => docker.getContainer(this.id).wait());
        return await this.#howItEnded();
      } catch (error) {
        if (!(error instanceof EngineError)) return lost(String(error));
        if (error.kind === "missing") return lost("the container was removed");
        // An engine that restarts ends its containers or, with live restore, keeps them: it has to be asked again.
        lostAt ??= performance.now();
        if (performance.now() - lostAt > ENGINE_BACK_MS) return lost(error.message);
        await Bun.sleep(backoff(attempt, 100, 2_000, Math.random));
      }
    }
  }

  async #howItEnded(): Promise<ContainerExit> {
    const { State } = await this.#ask("look at a container", (container) => container.inspect());
    const how = State.OOMKilled ? ", out of memory" : State.Error ? `, ${State.Error}` : "";
    return {
      code: State.ExitCode,
      out_of_memory: State.OOMKilled,
      reason: `the container ended with code ${State.ExitCode}${how}`,
    };
  }
}

/** Ends and removes a container, with its volumes. One that is gone, or going, is no error. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  try {
    await engine.call("remove a container", (docker) => docker.getContainer(id).remove({ force: true, v: true }));
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === "absent") throw error;
    // "removal of container ... is already in progress": somebody else's call frees it.
    if (error.kind === "refused" && !error.message.includes("already in progress")) throw error;
  }
}

function lost(reason: string): ContainerExit {
  return { code: null, out_of_memory: false, reason };
}

function checkEngine(state: EngineState, limits: ContainerLimits): asserts state is EngineState & { kind: "answers" } {
  if (state.kind === "absent") throw new EngineError("absent", state.message);
  if (limits.runtime !== null && !state.runtimes.includes(limits.runtime)) {
    const known = state.runtimes.join(", ");
    throw new EngineError("refused", `the Docker engine has no runtime "${limits.runtime}"; it has: ${known}`);
  }
}
