import { expect, test } from "bun:test";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { protectionTable } from "../../src/cli/protection-table.ts";
import { Containers } from "../../src/containers/containers.ts";
import { Engine } from "../../src/containers/engine.ts";
import { splitCommand } from "../../src/environments/external.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import { readOptions } from "../../src/options.ts";
import { createStepwell, startStepwell } from "../../src/stepwell.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { DockerHosting } from "../../src/workers/docker-hosting.ts";
import { launcherOf, readLaunchers } from "../../src/workers/hosting.ts";
import { inProcessLauncher } from "../../src/workers/in-process.ts";
import { announced } from "../../src/workers/protections.ts";
import { REMOTE_LIMITS } from "../../src/workers/remote-channel.ts";

test("a launcher is chosen for all, or environment by environment", () => {
  const one = readLaunchers("process");
  expect([one("guess"), one("bfcl")]).toEqual(["process", "process"]);
  const each = readLaunchers("guess=process, bfcl=in-process");
  expect([each("guess"), each("bfcl"), each("other")]).toEqual(["process", "in-process", "auto"]);
  expect(() => readLaunchers("guess=magic")).toThrow('no launcher "magic"; there are: auto');
});

test("a large catalogue of WebShop is served on a thread, unless it is asked for otherwise", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  const before = process.env.STEPWELL_WEBSHOP_DATA;
  process.env.STEPWELL_WEBSHOP_DATA = folder;
  const launcherIn = async (launcher: string) => {
    await using well = startStepwell({ environments: ["webshop"], launcher });
    return well.hosting[0]?.launcher;
  };
  try {
    await Bun.write(join(folder, "items_shuffle.json"), "[]");
    expect(await launcherIn("auto")).toBe("in-process");
    await truncate(join(folder, "items_shuffle.json"), 9 * 2 ** 20);
    expect(await launcherIn("auto")).toBe("thread");
    expect(await launcherIn("in-process")).toBe("in-process");
  } finally {
    if (before === undefined) delete process.env.STEPWELL_WEBSHOP_DATA;
    else process.env.STEPWELL_WEBSHOP_DATA = before;
    await rm(folder, { recursive: true });
  }
});

test("what cannot be hosted as asked is an error that says what to do", () => {
  const own = { environments: { mine: () => guess } };
  expect(() => startStepwell({ environments: ["mine"], launcher: "process" }, own)).toThrow("embedding program");
  expect(() => startStepwell({ environments: ["guess"], launcher: "dial-in" })).toThrow("set worker_token");
  expect(() => startStepwell({ environments: ["nope"] })).toThrow('no environment "nope"; there are:');
  const unserved = { worker_commands: { mine: "python -m mine" }, environments: ["guess"] };
  expect(() => startStepwell(unserved)).toThrow("name mine among the environments too");
  const command = { worker_commands: { mine: "python -m mine" }, environments: ["mine"] };
  expect(() => startStepwell({ ...command, launcher: "in-process" })).toThrow("cannot live in this process");
  expect(() => startStepwell({ ...command, launcher: "process", require_container: true })).toThrow(
    "require_container",
  );
});

test("sizes are bytes, or have a unit of 1024s", () => {
  const read = (max_memory: string | number) => readOptions({ max_memory }, {}).max_memory;
  expect(["100", "1k", "1.5MiB", "6GiB", "6 gb", 4096].map(read)).toEqual([
    100,
    1024,
    1.5 * 2 ** 20,
    6 * 2 ** 30,
    6 * 2 ** 30,
    4096,
  ]);
  for (const wrong of ["much", "-1", "0", "1 KB/s"]) expect(() => read(wrong)).toThrow("max_memory");
});

test("a command is split as a shell would, and nothing in it is expanded", () => {
  expect(splitCommand("python  -m 'my worker' --name \"a \\\"b\\\"\" c\\ d '' $HOME")).toEqual([
    ...["python", "-m", "my worker", "--name", 'a "b"', "c d", "", "$HOME"],
  ]);
  expect(() => splitCommand("python 'x")).toThrow("a quote is open");
});

test("an environment of one's own is served from its command, and one that does not come up says why and what it wrote", async () => {
  const line = `${process.execPath} ${import.meta.dir}/suite-worker.ts guess`;
  await using well = await createStepwell({ environments: ["guess"], worker_commands: { guess: line } });
  expect(well.hosting).toEqual([{ env_type: "guess", launcher: "process" }]);
  const instance = await well.create("guess", "guess_42");
  expect((await instance.step({ role: "assistant", content: "42" })).reward).toBe(1);

  const broken = { worker_commands: { mine: `${process.execPath} ${import.meta.dir}/suite-worker.ts broken` } };
  await using without = await createStepwell({ environments: ["mine"], ...broken });
  expect(without.readiness.unavailable.mine).toContain("there are no data");
  await expect(without.create("mine", "t")).rejects.toThrow("there are no data");
});

test("with its first worker the log and the terminal say what keeps a model's code in, once", async () => {
  const lines: unknown[] = [];
  const shown: string[] = [];
  const log = { info: (_: string, fields?: object) => void lines.push(fields), error: () => {} };
  const worker = {
    ...(await inProcessLauncher(() => guess).launch("w1")),
    protections: [
      { wall: "the network", up: true, what: "a network namespace" },
      { wall: "files", up: false, what: "missing: needs Landlock" },
    ],
  };
  const launcher = announced(
    { kind: "process", launch: async () => worker },
    {
      env_type: "mine",
      where: "processes of this machine",
      log,
      show: (...told) => shown.push(protectionTable(...told)),
    },
  );
  expect(lines).toEqual([]);
  expect([await launcher.launch("w1"), await launcher.launch("w2")]).toEqual([worker, worker]);
  expect(lines).toEqual([
    {
      env_type: "mine",
      protected: { "the network": "a network namespace" },
      open: { files: "missing: needs Landlock" },
    },
  ]);
  expect(shown).toEqual([
    [
      "Workers of mine are processes of this machine. Around a model's code:",
      "",
      "wall         up   by",
      "-----------  ---  -----------------------",
      "the network  yes  a network namespace",
      "files        NO   missing: needs Landlock",
      "",
    ].join("\n"),
  ]);
});

/** An environment with an image, whose program is here too, where no Docker engine answers. */
function withoutEngine(requireContainer: boolean) {
  const logged: string[] = [];
  const log = { info: (message: string) => void logged.push(message), error: () => {} };
  const context = { server: "test", deadlines: new Deadlines(systemClock), limits: REMOTE_LIMITS, log };
  const docker = new DockerHosting({
    containers: new Containers(new Engine("unix:///nowhere/docker.sock"), "n0"),
    version: "0.0.0",
    progress: () => {},
    memory_bytes: undefined,
    cpus: undefined,
    runtime: undefined,
    non_root: false,
  });
  const command = [process.execPath, `${import.meta.dir}/suite-worker.ts`, "guess"];
  const container = { image: "appworld" };
  const external = { program: () => ({ command }), container, worker_bytes: 1 };
  const served = { env_type: "guess", load: null, isBuiltIn: false, external };
  const options = { context, capacity: undefined, door: null, requireContainer, docker, showProtections: () => {} };
  return { logged, launcher: launcherOf(served, "auto", options), served, options };
}

test("auto: where no Docker engine answers a worker is a process of this machine, and the log says why", async () => {
  const { launcher, logged } = withoutEngine(false);
  expect(launcher.kind).toBe("docker or process");
  const worker = await launcher.launch("auto1");
  try {
    const created = await worker.link.create("i1", { task_id: "guess_42", params: {}, seed: null, started_at: 0 });
    expect(created.kind).toBe("ok");
    expect(logged).toContain("workers are processes of this machine: no container can be had");
  } finally {
    await worker.stop();
  }
});

test("auto with require_container: where no Docker engine answers nothing is started", async () => {
  const { launcher, served, options } = withoutEngine(true);
  expect(launcher.kind).toBe("docker");
  await expect(launcher.launch("auto1")).rejects.toThrow("no Docker engine answers at");
  expect(() => launcherOf(served, "process", options)).toThrow("its launcher has to be docker");
});
