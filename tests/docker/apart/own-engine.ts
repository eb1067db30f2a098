import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "../../../src/containers/engine.ts";

/**
 * A dockerd of one test's own, which can be killed and started again. In a network namespace of its own: it has no bridge,
 * and one that is told so removes the bridge of every other engine around.
 */
export class OwnEngine {
  readonly engine: Engine;
  readonly #dir = mkdtempSync(join(tmpdir(), "sw-dockerd-"));
  #daemon: Bun.Subprocess | null = null;

  constructor() {
    this.engine = new Engine(`unix://${this.#dir}/docker.sock`);
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#dir, "dockerd.log"), "a");
    const folders = ["--data-root", `${this.#dir}/data`, "--exec-root", `${this.#dir}/exec`];
    this.#daemon = Bun.spawn(
      [
        ...[
          "unshare",
          "--net",
          "dockerd",
          ...folders,
          "--pidfile",
          `${this.#dir}/dockerd.pid`,
          "-H",
          `unix://${this.#dir}/docker.sock`,
        ],
        ...["--bridge", "none", "--iptables=false"],
      ],
      { stdin: "ignore", stdout: log, stderr: log },
    );
    for (;;) {
      if ((await this.engine.state()).kind === "answers") return;
      if (this.#daemon.exitCode !== null) throw new Error(`dockerd ended:\n${this.log.slice(-2_000)}`);
      await Bun.sleep(100);
    }
  }

  get log(): string {
    return readFileSync(join(this.#dir, "dockerd.log"), "utf8");
  }

  async kill(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#daemon?.kill(signal);
    await this.#daemon?.exited;
    // Its containerd ends with it. Where nobody reaps orphans that one stays as a zombie, which the next dockerd would
    // take for a living one by the id in this file.
    if (signal === "SIGKILL") rmSync(`${this.#dir}/exec/containerd/containerd.pid`, { force: true });
  }

  async remove(): Promise<void> {
    await this.kill("SIGTERM");
    // What a killed one left mounted would keep the folder.
    const mounts = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .flatMap((line) => line.split(" ")[1] ?? [])
      .filter((path) => path.startsWith(`${this.#dir}/`));
    for (const path of mounts.sort().reverse()) Bun.spawnSync(["umount", "-l", path]);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
