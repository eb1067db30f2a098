import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Launcher } from "../actors/ports.ts";
import type { ExternalEnvironment, WorkerProgram } from "../environments/external.ts";
import type { NativeEnvironment } from "../environments/native.ts";
import type { WorkerDoor } from "./dial-in.ts";
import type { DockerHosting } from "./docker-hosting.ts";
import type { LaunchContext } from "./endpoint.ts";
import { inProcessLauncher, type LoadEnvironment } from "./in-process.ts";
import { processLauncher } from "./process.ts";
import { announced, type ShowProtections } from "./protections.ts";
import { threadLauncher } from "./thread.ts";

const LAUNCHERS = ["auto", "in-process", "thread", "process", "docker", "dial-in"] as const;
export type LauncherKind = (typeof LAUNCHERS)[number];

/** An environment that is to be served: native ones have `load`, the others a worker program. */
export interface ServedEnvironment {
  readonly env_type: string;
  readonly load: LoadEnvironment | null;
  /** Whether its steps could hold up the others in this process. */
  readonly hasLongSteps?: () => boolean;
  /** What its workers in containers get of this machine. */
  readonly inputs?: NativeEnvironment["inputs"];
  /** Whether a process of ours knows it by its name. */
  readonly isBuiltIn: boolean;
  readonly external: ExternalEnvironment | null;
}

export interface HostingOptions {
  readonly context: LaunchContext;
  /** The most instances of one worker; undefined for what it says itself. */
  readonly capacity: number | undefined;
  /** Where workers dial in by themselves; null where none is taken. */
  readonly door: WorkerDoor | null;
  readonly requireContainer: boolean;
  /** Where containers are had. */
  readonly docker: DockerHosting;
  readonly showProtections: ShowProtections;
}

/** Reads `process`, or `guess=process,bfcl=in-process`. Throws an Error that names what is wrong. */
export function readLaunchers(text: string): (env_type: string) => LauncherKind {
  const parts = text.split(",").map((part) => part.trim().split("="));
  const chosen = new Map<string, LauncherKind>();
  let all: LauncherKind = "auto";
  for (const [first = "", second] of parts) {
    const kind = LAUNCHERS.find((known) => known === (second ?? first));
    if (!kind) throw new Error(`no launcher "${second ?? first}"; there are: ${LAUNCHERS.join(", ")}`);
    if (second === undefined) all = kind;
    else chosen.set(first, kind);
  }
  return (env_type) => chosen.get(env_type) ?? all;
}

/** The launcher of an environment. Throws an Error where it cannot be hosted that way. */
export function launcherOf(served: ServedEnvironment, kind: LauncherKind, options: HostingOptions): Launcher {
  const { env_type, external } = served;
  const { door, requireContainer } = options;
  if (external && requireContainer && kind !== "docker") {
    if (kind === "auto") return launcherOf(served, "docker", options);
    throw new Error(
      `${env_type} runs what a model writes, and require_container is set: its launcher has to be docker`,
    );
  }
  const withDoor = (launcher: Launcher) => (door ? door.launcher(env_type, launcher) : launcher);
  switch (kind) {
    case "auto":
      if (!external) return launcherOf(served, served.hasLongSteps?.() ? "thread" : "in-process", options);
      if (!external.container) return launcherOf(served, "process", options);
      return withDoor(
        containerOrProcess(containerOf(served, options), () => launcherOf(served, "process", options), options),
      );
    case "docker":
      // Nothing is known of what keeps a model's code in where a worker comes by itself.
      return requireContainer ? containerOf(served, options) : withDoor(containerOf(served, options));
    case "in-process":
      if (served.load) return inProcessLauncher(served.load);
      throw new Error(`${env_type} is a program of its own and cannot live in this process: use process`);
    case "thread": {
      if (!served.isBuiltIn || served.load === null) {
        throw new Error(`${env_type} cannot live on a thread of ours: only the native environments of Stepwell can`);
      }
      const { context, capacity } = options;
      return threadLauncher({ ...context, env_type, ...(capacity === undefined ? {} : { capacity }) });
    }
    case "process": {
      const launcher = processLauncher({
        ...options.context,
        env_type,
        program: programOf(served),
        ...(options.capacity === undefined ? {} : { capacity: options.capacity }),
      });
      return withDoor(toldWalls(launcher, env_type, "processes of this machine", options));
    }
    case "dial-in":
      if (door) return door.launcher(env_type, null);
      throw new Error(
        `workers of ${env_type} are to dial in: set worker_token (STEPWELL_WORKER_TOKEN), which they show`,
      );
  }
}

/** Workers in containers of our images. Throws an Error where the environment has none. */
function containerOf({ env_type, isBuiltIn, external, inputs }: ServedEnvironment, options: HostingOptions): Launcher {
  const { context, capacity, docker } = options;
  if (external?.container) {
    const launcher = docker.external(env_type, external.container, context, capacity);
    return toldWalls(launcher, env_type, "in containers", options);
  }
  if (isBuiltIn) return docker.native(env_type, inputs, context, capacity);
  throw new Error(`${env_type} has no image of its own: use another launcher than docker`);
}

/**
 * Containers where a Docker engine answers when the first worker is wanted, processes where none does. Decided once: an
 * engine that goes away later must not weaken what keeps a model's code in.
 */
function containerOrProcess(
  container: Launcher,
  process: () => Launcher,
  { docker, context }: HostingOptions,
): Launcher {
  let chosen: Promise<Launcher> | null = null;
  const choose = async () => {
    const why = await docker.whyNot();
    if (why === null) return container;
    context.log.info("workers are processes of this machine: no container can be had", { reason: why });
    return process();
  };
  return {
    kind: "docker or process",
    async launch(worker_id, signal) {
      chosen ??= choose();
      return (await chosen).launch(worker_id, signal);
    },
  };
}

function toldWalls(launcher: Launcher, env_type: string, where: string, options: HostingOptions): Launcher {
  return announced(launcher, { env_type, where, log: options.context.log, show: options.showProtections });
}

function programOf({ env_type, isBuiltIn, external }: ServedEnvironment): () => WorkerProgram | Promise<WorkerProgram> {
  if (external) return () => external.program();
  if (isBuiltIn) return () => ownWorker(env_type);
  throw new Error(`${env_type} is an environment of the embedding program, which a process of its own does not have`);
}

/** This very program as a worker; inside an executable of ours there is no file to run. */
function ownWorker(env_type: string): WorkerProgram {
  const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
  return { command: [process.execPath, ...(existsSync(main) ? [main] : []), "worker", "--env", env_type] };
}
