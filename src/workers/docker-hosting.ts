import type { Launcher } from "../actors/ports.ts";
import type { Containers } from "../containers/containers.ts";
import { buildImage, findImage, type ImageFacts } from "../containers/image.ts";
import { type ContainerLimits, DEFAULT_LIMITS } from "../containers/limits.ts";
import { imageTag, isImageName, ownImage } from "../containers/own-images.ts";
import type { ContainerProgram } from "../environments/external.ts";
import type { NativeEnvironment } from "../environments/native.ts";
import { dockerLauncher } from "./docker.ts";
import type { LaunchContext } from "./endpoint.ts";

export interface DockerHostingOptions {
  readonly containers: Containers;
  /** Of this package: the images of another one are not used. */
  readonly version: string;
  /** Told of a build, a line at a time. */
  readonly progress: (line: string) => void;
  /** Bytes, processors and runtime of each container; undefined for what the environment needs, for all, for the engine's. */
  readonly memory_bytes: number | undefined;
  readonly cpus: number | undefined;
  readonly runtime: string | undefined;
  /** Whether no container runs as root or has a capability, also where the environment would be better with. */
  readonly non_root: boolean;
}

/** Makes launchers that run the workers of an environment in containers of our images. */
export class DockerHosting {
  readonly #options: DockerHostingOptions;
  readonly #images = new Map<string, Promise<ImageFacts>>();
  #reaped: Promise<void> | null = null;

  constructor(options: DockerHostingOptions) {
    this.#options = options;
  }

  /** Whether an engine answers now: null, or why none does. */
  async whyNot(): Promise<string | null> {
    const state = await this.#options.containers.engine.state();
    return state.kind === "absent" ? state.message : null;
  }

  /** What the containers of each environment use now. */
  usage(): ReturnType<Containers["usage"]> {
    return this.#options.containers.usage();
  }

  /** Workers of a native environment: the server's own image, with what this machine has of it. */
  native(
    env_type: string,
    inputs: NativeEnvironment["inputs"],
    context: LaunchContext,
    capacity: number | undefined,
  ): Launcher {
    const program: ContainerProgram = {
      image: "stepwell",
      command: ["worker", "--env", env_type],
      ...(inputs === undefined ? {} : { inputs }),
    };
    return this.#launcher(env_type, program, context, capacity);
  }

  /** Workers of an environment whose engine has an image of its own. */
  external(
    env_type: string,
    program: ContainerProgram,
    context: LaunchContext,
    capacity: number | undefined,
  ): Launcher {
    return this.#launcher(env_type, program, context, capacity);
  }

  #launcher(
    env_type: string,
    program: ContainerProgram,
    context: LaunchContext,
    capacity: number | undefined,
  ): Launcher {
    const { progress, non_root } = this.#options;
    const { inputs } = program;
    return dockerLauncher({
      ...context,
      env_type,
      containers: this.#options.containers,
      image: () => this.#image(program.image, context),
      user: program.is_root && !non_root ? "0:0" : null,
      command: program.command ?? null,
      ...(inputs === undefined ? {} : { inputs: async () => inputs(progress) }),
      allowed: this.#allowed(program),
      ...(capacity === undefined ? {} : { capacity }),
    });
  }

  #allowed({ capabilities, memory_bytes, writable, processes }: ContainerProgram): ContainerLimits {
    const { memory_bytes: told, cpus, runtime, non_root } = this.#options;
    return {
      memory_bytes: told ?? memory_bytes ?? DEFAULT_LIMITS.memory_bytes,
      cpus: cpus ?? null,
      pids: processes ?? DEFAULT_LIMITS.pids,
      writable: writable ?? DEFAULT_LIMITS.writable,
      capabilities: non_root ? [] : (capabilities ?? []),
      runtime: runtime ?? null,
    };
  }

  async #image(image: string, context: LaunchContext): Promise<{ name: string; facts: ImageFacts }> {
    this.#reaped ??= this.#reap(context);
    try {
      await this.#reaped;
    } catch (error) {
      // The engine did not answer: the next launch tries again.
      this.#reaped = null;
      throw error;
    }
    const { containers, version } = this.#options;
    if (!isImageName(image)) throw new Error(`there is no image "${image}" under images/`);
    const name = imageTag(image, version);
    const found = await findImage(containers.engine, name);
    if (found) return { name, facts: found };
    // One build for all that wait for it.
    let made = this.#images.get(name);
    if (!made) {
      context.log.info("an image is not here: building it", { image: name });
      const base = process.env.STEPWELL_BASE_IMAGE ?? null;
      made = buildImage(containers.engine, name, ownImage(image, base, process.env), this.#options.progress);
      this.#images.set(name, made);
      void made.catch(() => {}).then(() => this.#images.delete(name));
    }
    return { name, facts: await made };
  }

  /** Before the first container of ours: those of servers that are gone. */
  async #reap({ log }: LaunchContext): Promise<void> {
    const { removed, left } = await this.#options.containers.reap();
    if (removed.length > 0) log.info("removed containers of servers that are gone", { workers: removed });
    if (left.length > 0) {
      log.info("left containers whose server counts its processes elsewhere: it may live", { workers: left });
    }
  }
}
