import { expect, test } from "bun:test";
import type { Launcher, Worker } from "../../src/actors/ports.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import type { WorkerHealth } from "../../src/protocol/worker-answers.ts";
import { EnvironmentHost } from "../../src/workers/environment-host.ts";
import { settle, simulatedWell, type WellOptions } from "./well.ts";

interface Made {
  readonly worker_id: string;
  stopped: boolean;
  beat(rss_bytes: number): void;
  kill(): void;
}

/** Workers for two instances each, that come up at once unless they are told to fail. */
class Workers implements Launcher {
  readonly kind = "fake";
  readonly made: Made[] = [];
  launches = 0;
  failing = false;

  async launch(worker_id: string): Promise<Worker> {
    this.launches++;
    if (this.failing) throw new Error("no engine");
    const host = new EnvironmentHost(worker_id, guess);
    const { promise: gone, resolve } = Promise.withResolvers<string>();
    let listener: (health: WorkerHealth) => void = () => {};
    const made: Made = {
      worker_id,
      stopped: false,
      beat: (rss_bytes) => listener({ instances: host.size, rss_bytes }),
      kill: () => resolve("killed"),
    };
    this.made.push(made);
    return {
      link: host,
      catalogue: host.catalogue,
      capacity: 2,
      gone,
      stop: async () => {
        made.stopped = true;
        resolve("stopped");
      },
      onHealth: (told) => {
        listener = told;
      },
    };
  }

  get alive(): Made[] {
    return this.made.filter(({ stopped }) => !stopped);
  }
}

const caller = { principal: "default", holder: null };

async function start(options: WellOptions) {
  const launcher = new Workers();
  const well = await simulatedWell({ ...options, launcher });
  const answers: string[] = [];
  const create = (instance_id: string) =>
    well.system.create(
      caller,
      {
        ...{ env_type: "guess", task_id: "guess_42", params: {}, seed: null, n: null, labels: {}, expect: {} },
        instance_id,
      },
      (answer) => void answers.push(answer.kind === "ok" ? instance_id : answer.error.code),
    );
  return { ...well, launcher, create, answers };
}

test("workers above the least are stopped once they held nothing for the idle time, not before", async () => {
  const { create, launcher, system, clock } = await start({ max_workers: 3 });
  for (const id of ["a", "b", "c", "d", "e"]) create(id);
  await settle();
  expect(launcher.alive.length).toBe(3);
  for (const id of ["a", "b", "c", "d", "e"]) system.release(caller, id);
  clock.increment(59_000);
  await settle();
  expect(launcher.alive.length).toBe(3);
  clock.increment(2_000);
  await settle();
  expect(launcher.alive.length).toBe(1);
  expect(system.load.workers.get("guess")).toEqual({ launching: 0, busy: 0, free: 1, retiring: 0, stopping: 0 });
});

test("a spare worker stands ready before anybody waits for it", async () => {
  const { create, launcher } = await start({ max_workers: 3, pool: { spare_workers: 1 } });
  create("a");
  await settle();
  expect(launcher.alive.length).toBe(2);
  create("b");
  create("c");
  await settle();
  expect(launcher.alive.length).toBe(3);
});

test("failures in a row are tried again after growing pauses, and who asks meanwhile hears why at once", async () => {
  const { create, launcher, clock, answers, system } = await start({ max_workers: 1 });
  create("a");
  await settle();
  launcher.failing = true;
  launcher.made[0]?.kill();
  await settle();
  // A first failure is made good at once; after the second there is a pause.
  expect(launcher.launches).toBe(3);
  clock.increment(200);
  await settle();
  expect(launcher.launches).toBe(3);
  clock.increment(350);
  await settle();
  expect(launcher.launches).toBe(4);
  clock.increment(60_000);
  await settle();
  create("b");
  expect(answers.at(-1)).toBe("unavailable_environment");
  launcher.failing = false;
  clock.increment(60_050);
  await settle();
  create("c");
  await settle();
  expect(answers.at(-1)).toBe("c");
  expect(system.release(caller, "c")).toBe(true);
});

test("no more workers than the memory has room for: the others wait, and come when one has gone", async () => {
  const { create, launcher, answers, system } = await start({
    max_workers: 4,
    max_memory_bytes: 250,
    pool: { worker_bytes: 100 },
  });
  for (const id of ["a", "b", "c", "d", "e"]) create(id);
  await settle();
  expect([launcher.alive.length, answers]).toEqual([2, ["a", "b", "c", "d"]]);
  system.release(caller, "a");
  await settle();
  expect(answers).toEqual(["a", "b", "c", "d", "e"]);
});

test("workers that have grown past the memory get no more instances until there is room again", async () => {
  const { create, launcher, answers, system } = await start({
    max_workers: 4,
    max_memory_bytes: 250,
    pool: { worker_bytes: 100 },
  });
  create("a");
  await settle();
  launcher.made[0]?.beat(300);
  create("b");
  await settle();
  expect(answers).toEqual(["a"]);
  launcher.made[0]?.beat(120);
  await settle();
  expect(answers).toEqual(["a", "b"]);
  system.release(caller, "a");
});

test("an environment whose first worker has no room in the memory is unavailable and says how much it takes", async () => {
  const { system, launcher } = await start({ max_memory_bytes: 50, pool: { worker_bytes: 100 } });
  expect(launcher.launches).toBe(0);
  expect(system.readiness.unavailable.guess).toContain("max_memory leaves no room");
});

test("a worker that has grown to its mark is replaced: it takes nothing more and is stopped after its last instance", async () => {
  const { create, launcher, system } = await start({ max_workers: 1, pool: { recycle_bytes: 1000 } });
  create("a");
  await settle();
  launcher.made[0]?.beat(1000);
  await settle();
  expect(launcher.made.map(({ stopped }) => stopped)).toEqual([false, false]);
  create("b");
  await settle();
  system.release(caller, "a");
  await settle();
  expect(launcher.made.map(({ stopped }) => stopped)).toEqual([true, false]);
  expect(system.size).toBe(1);
});
