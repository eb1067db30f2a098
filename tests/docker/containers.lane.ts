import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { Container, ContainerSpec } from "../../src/containers/container.ts";
import { Containers } from "../../src/containers/containers.ts";
import { DEFAULT_LIMITS } from "../../src/containers/limits.ts";
import { thisProcess } from "../../src/containers/owner.ts";
import { happened, printed, untilReady } from "../../src/containers/readiness.ts";
import { baseImage, containerIds, isSkipped, notRun, testEngine } from "./engine.ts";

const MIB = 1024 ** 2;

describe.skipIf(isSkipped)(`containers${notRun}`, () => {
  const started: [Containers, Container][] = [];

  afterEach(async () => {
    for (const [containers, container] of started.splice(0)) await containers.remove(container);
  });

  function shell(script: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
    return {
      worker_id: `test-${nanoid(8).replaceAll(/[^a-zA-Z0-9]/g, "x")}`,
      env_type: "test",
      image: baseImage(),
      command: ["/bin/sh", "-c", script],
      user: null,
      environment: {},
      mounts: [],
      limits: DEFAULT_LIMITS,
      ...more,
    };
  }

  async function run(spec: ContainerSpec, containers = new Containers(testEngine(), "n0")): Promise<Container> {
    const container = await containers.run(spec);
    started.push([containers, container]);
    return container;
  }

  /** Runs a script to its end and says what it printed. */
  async function output(script: string, more: Partial<ContainerSpec> = {}): Promise<string> {
    const container = await run(shell(script, more));
    await container.exited;
    return (await container.log()).trim();
  }

  test("a program runs, its end is told with its code, and what it printed is kept", async () => {
    const container = await run(shell("echo one; echo two >&2; exit 3"));
    const { code, out_of_memory, reason } = await container.exited;
    expect({ code, out_of_memory, reason }).toEqual({
      code: 3,
      out_of_memory: false,
      reason: "the container ended with code 3",
    });
    expect((await container.log()).split("\n").sort()).toEqual(["", "one", "two"]);
  });

  test("nothing is allowed that was not asked for", async () => {
    const facts = await output("cat /proc/self/status; ls /sys/class/net; cat /proc/self/limits");
    expect(facts).toMatch(/CapEff:\t0{16}\n/);
    expect(facts).toMatch(/CapBnd:\t0{16}\n/);
    expect(facts).toMatch(/NoNewPrivs:\t1\n/);
    expect(facts).toMatch(/Seccomp:\t2\n/);
    expect(facts).toMatch(/\nlo\n/);
    expect(facts).not.toMatch(/\neth0\n/);
    expect(facts).toMatch(/Max core file size +0 +0 /);
  });

  test("capabilities that a worker needs are those it gets, and no others", async () => {
    const limits = { ...DEFAULT_LIMITS, capabilities: ["SETUID", "SETGID"] };
    // Bits 6 and 7 of the capabilities.
    expect(await output("grep CapEff /proc/self/status", { limits })).toMatch(/CapEff:\t00000000000000c0/);
  });

  test("only the folders named can be written, within their size, and no program runs from them", async () => {
    const limits = { ...DEFAULT_LIMITS, writable: { "/tmp": 2 * MIB } };
    const script = [
      "echo x > /etc/x || echo root-refused",
      "echo x > /tmp/x && echo tmp-written",
      "head -c 4000000 /dev/zero > /tmp/big || echo full",
      "cp /bin/true /tmp/true && chmod +x /tmp/true; /tmp/true || echo not-run",
    ].join("; rm -f /tmp/big; ");
    const said = await output(script, { limits });
    for (const word of ["root-refused", "tmp-written", "full", "not-run"]) expect(said).toContain(word);
  });

  test("it runs as the user that it is told", async () => {
    expect(await output("id -u; id -g", { user: "10001:10002" })).toBe("10001\n10002");
  });

  test("a folder that is mounted read-only can be read and not written", async () => {
    const dir = mkdtempSync(join(tmpdir(), "stepwell-mount-"));
    try {
      await Bun.write(join(dir, "note"), "from outside");
      const mounts = [{ source: dir, target: "/data", read_only: true }];
      expect(await output("cat /data/note; echo x > /data/note || echo ' refused'", { mounts })).toContain(
        "from outside",
      );
      expect(readFileSync(join(dir, "note"), "utf8")).toBe("from outside");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("a folder that is not there is an error that names it, and leaves no container", async () => {
    const before = await containerIds(testEngine());
    const mounts = [{ source: "/nowhere/at/all", target: "/data", read_only: true }];
    await expect(run(shell("true", { mounts }))).rejects.toThrow("/nowhere/at/all");
    expect(await containerIds(testEngine())).toEqual(before);
  });

  test("a program that the image lacks is an error that names it, and leaves no container", async () => {
    const before = await containerIds(testEngine());
    const spec = shell("", { command: ["/no/such/program"] });
    // With an init program the engine starts that, and the container ends at once instead.
    const problem = await run(spec).then(
      async (container) => `${(await container.exited).reason} ${await container.log()}`,
      (error: Error) => error.message,
    );
    expect(problem).toContain("/no/such/program");
    for (const [containers, container] of started.splice(0)) await containers.remove(container);
    expect(await containerIds(testEngine())).toEqual(before);
  });

  test("a runtime that the engine lacks is refused, with those that it has", async () => {
    const spec = shell("true", { limits: { ...DEFAULT_LIMITS, runtime: "runsc" } });
    const engine = await testEngine().state();
    if (engine.kind === "answers" && engine.runtimes.includes("runsc")) return;
    await expect(run(spec)).rejects.toThrow(/no runtime "runsc"; it has: .*runc/);
  });

  test("an image that is not there is an error that names it", async () => {
    await expect(run(shell("true", { image: "stepwell-none:0" }))).rejects.toThrow("stepwell-none:0");
  });

  test("a memory hog is ended by the kernel, and the end says so", async () => {
    const limits = { ...DEFAULT_LIMITS, memory_bytes: 64 * MIB };
    // tail keeps what has no line end: all of it.
    const container = await run(shell("tail /dev/zero", { limits }));
    const exit = await container.exited;
    expect(exit.out_of_memory).toBe(true);
    expect(exit.reason).toContain("out of memory");
  });

  test("a fork bomb fills its own container alone, and ends with it", async () => {
    const limits = { ...DEFAULT_LIMITS, pids: 64 };
    const container = await run(shell("", { command: ["perl", "-e", "while (1) { fork }"], limits }));
    const most = await settles(async () => {
      const { processes } = await container.usage();
      return processes >= 32 ? processes : null;
    });
    expect(most).toBeLessThanOrEqual(64);
    expect(Bun.spawnSync(["true"]).exitCode).toBe(0);
    await container.kill();
    expect((await container.exited).code).toBe(137);
  });

  test("an endless loop stays within its processors and is ended from outside", async () => {
    const container = await run(shell("while :; do :; done", { limits: { ...DEFAULT_LIMITS, cpus: 0.25 } }));
    await settles(async () => ((await container.usage()).cpu_s > 0.1 ? true : null));
    await container.kill();
    expect((await container.exited).code).toBe(137);
  });

  test("100 MB of output end, cost a few MB of disk, and leave the last lines to read", async () => {
    const container = await run(shell("head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo; echo the end"));
    expect((await container.exited).code).toBe(0);
    const log = await container.log();
    expect(log.length).toBeLessThan(10_000);
    expect(log.trimEnd().endsWith("the end")).toBe(true);
  });

  test("usage is measured: memory, processor time, processes", async () => {
    const containers = new Containers(testEngine(), "n0");
    const hungry = shell("x=$(head -c 20000000 /dev/zero | tr '\\0' 'x'); echo ready; sleep 1000");
    const container = await run(hungry, containers);
    await untilReady(container, printed(/^ready$/m), 30_000);
    const usage = await container.usage();
    expect((await containers.usage()).get(hungry.env_type)?.memory_bytes).toBeGreaterThan(20_000_000);
    expect(usage.memory_bytes).toBeGreaterThan(20_000_000);
    expect(usage.memory_bytes).toBeLessThan(200_000_000);
    expect(usage.cpu_s).toBeGreaterThan(0);
    expect(usage.processes).toBeGreaterThanOrEqual(2);
  });

  test("one that ends before it is ready is told with its last output", async () => {
    const container = await run(shell("echo the reason is this; exit 7"));
    const never = happened("a registration", new Promise(() => {}));
    await expect(untilReady(container, never, 30_000)).rejects.toThrow(/ended with code 7[\s\S]*the reason is this/);
  });

  test("one that does not get ready in its time is told with what was waited for", async () => {
    const container = await run(shell("echo still here; sleep 1000"));
    await untilReady(container, printed(/still here/), 30_000);
    const never = happened("a registration", new Promise(() => {}));
    await expect(untilReady(container, never, 100)).rejects.toThrow(/waited for a registration[\s\S]*still here/);
  });

  test("a container that somebody else removed ends, and removing it again is no error", async () => {
    const containers = new Containers(testEngine(), "n0");
    const container = await run(shell("sleep 1000"), containers);
    await testEngine().call("remove", (docker) => docker.getContainer(container.id).remove({ force: true }));
    expect((await container.exited).reason).toMatch(/removed|code 137/);
    await containers.remove(container);
    await containers.remove(container);
    await container.kill();
    expect(await container.log()).toBe("");
  });

  test("the reaper removes what a dead server left, and nothing of a living one or of others", async () => {
    const engine = testEngine();
    const dead = new Containers(engine, "n0", { ...thisProcess(), started: "1" });
    const elsewhere = new Containers(engine, "n0", { ...thisProcess(), pid_space: "pid:[1]" });
    const here = new Containers(engine, "n0");
    const [orphan, unknown, alive] = await Promise.all([
      run(shell("sleep 1000"), dead),
      run(shell("sleep 1000"), elsewhere),
      run(shell("sleep 1000"), here),
    ]);
    const stranger = await engine.call("create", (docker) =>
      docker.createContainer({ Image: baseImage(), Cmd: ["sleep", "1000"], Labels: { "com.example": "x" } }),
    );
    try {
      const { removed, left } = await new Containers(engine, "n0").reap();
      expect(removed).toContain(orphan.worker_id);
      expect(removed).not.toContain(alive.worker_id);
      expect(left).toEqual([unknown.worker_id]);
      const ids = await containerIds(engine);
      expect(ids).not.toContain(orphan.id);
      for (const id of [unknown.id, alive.id, stranger.id]) expect(ids).toContain(id);
      expect((await orphan.exited).reason).toMatch(/removed|code 137/);
    } finally {
      await engine.call("remove", () => stranger.remove({ force: true }));
    }
  });
});

/** Asks until there is an answer; the runner's own deadline ends it otherwise. */
async function settles<T>(ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    await Bun.sleep(50);
  }
}
