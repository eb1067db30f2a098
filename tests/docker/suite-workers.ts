import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Launcher } from "../../src/actors/ports.ts";
import { Containers } from "../../src/containers/containers.ts";
import type { Engine } from "../../src/containers/engine.ts";
import { buildImage, findImage } from "../../src/containers/image.ts";
import { DEFAULT_LIMITS } from "../../src/containers/limits.ts";
import { splitLog } from "../../src/containers/logs.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { type DockerLauncherOptions, dockerLauncher } from "../../src/workers/docker.ts";
import { REMOTE_LIMITS } from "../../src/workers/remote-channel.ts";
import { baseImage, testEngine } from "./engine.ts";

const TAG = "stepwell-suite-worker:test";
const LOAD_MS = 300_000;

/** The worker program of the launcher suite as an executable in an image of its own, and launchers of it. */
export class SuiteWorkers {
  readonly logged: Record<string, unknown>[] = [];
  readonly #given: Engine | null;
  #containers: Containers | null = null;

  /** On the engine of all tests, or on one of its own. */
  constructor(engine: Engine | null = null) {
    this.#given = engine;
  }

  get containers(): Containers {
    this.#containers ??= new Containers(this.#engine, "suite");
    return this.#containers;
  }

  get #engine(): Engine {
    return this.#given ?? testEngine();
  }

  /** Brings an image, its own by default, from the engine of all tests to this one. */
  async load(image = TAG): Promise<void> {
    await testEngine().call(
      "bring an image",
      async (docker) => {
        const stream = await docker.getImage(image).get();
        await this.#engine.call("take an image", (other) => drained(other.loadImage(stream)), LOAD_MS);
      },
      LOAD_MS,
    );
  }

  async build(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-suite-"));
    try {
      const program = resolve(import.meta.dir, "../workers/suite-worker.ts");
      const made = Bun.spawnSync([
        process.execPath,
        "build",
        "--compile",
        "--outfile",
        join(folder, "worker"),
        program,
      ]);
      if (made.exitCode !== 0) throw new Error(made.stderr.toString());
      writeFileSync(
        join(folder, "Dockerfile"),
        'ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY worker /worker\nUSER 10001:10001\nENTRYPOINT ["/worker"]\n',
      );
      const context = { folder, entries: ["Dockerfile", "worker"], certificates: null };
      const build = { context, dockerfile: "Dockerfile", args: { BASE_IMAGE: baseImage() } };
      await buildImage(testEngine(), TAG, build, () => {});
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async removeImage(): Promise<void> {
    await this.#engine.call("remove", (docker) => docker.getImage(TAG).remove({ force: true }));
  }

  launcher(called: string, more: Partial<DockerLauncherOptions> = {}): Launcher {
    const log = (message: string, fields: Record<string, unknown> = {}) => this.logged.push({ message, ...fields });
    return dockerLauncher({
      env_type: "guess",
      server: "stepwell test",
      deadlines: new Deadlines(systemClock),
      limits: REMOTE_LIMITS,
      allowed: DEFAULT_LIMITS,
      log: { info: log, error: log },
      containers: this.containers,
      image: async () => {
        const facts = await findImage(this.#engine, TAG);
        if (!facts) throw new Error(`${TAG} was not built`);
        return { name: TAG, facts };
      },
      user: null,
      command: [called],
      ...more,
    });
  }

  kill(worker_id: string): Promise<void> {
    return this.#engine.call("kill", (docker) => docker.getContainer(`stepwell-${worker_id}`).kill());
  }

  /** Names of the containers that are still there. */
  async left(): Promise<string[]> {
    const filters = { label: ["stepwell.node=suite"] };
    const found = await this.#engine.call("list", (docker) => docker.listContainers({ all: true, filters }));
    return found.flatMap(({ Names }) => Names);
  }

  /** Runs a shell's command in a worker's container and returns what it printed. */
  async exec(worker_id: string, script: string): Promise<string> {
    return this.#engine.call("run a command", async (docker) => {
      const container = docker.getContainer(`stepwell-${worker_id}`);
      const exec = await container.exec({ Cmd: ["sh", "-c", script], AttachStdout: true, AttachStderr: true });
      const chunks: Uint8Array[] = [];
      for await (const chunk of await exec.start({})) chunks.push(chunk as Uint8Array);
      return splitLog(Buffer.concat(chunks));
    });
  }
}

/** Reads an answer to its end: the engine works as long as it sends. */
async function drained(answer: Promise<NodeJS.ReadableStream>): Promise<void> {
  for await (const _ of await answer);
}
