import { expect, test } from "bun:test";
import { EarlyCreates } from "../../src/actors/early-creates.ts";
import type { InstanceServices } from "../../src/actors/instance.ts";
import type { Pool } from "../../src/actors/pool.ts";
import type { WorkerCatalogue } from "../../src/actors/ports.ts";
import { SystemEnvironment } from "../../src/actors/system-environment.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";

/** An environment without a pool: what its workers say is all that these tests look at. */
function environment(): SystemEnvironment {
  const early = new EarlyCreates(1, 1000, new Deadlines(systemClock));
  return new SystemEnvironment("guess", { pool: {} as Pool, services: {} as InstanceServices, early });
}

function catalogue(name: string, tasks?: WorkerCatalogue["tasks"]): WorkerCatalogue {
  return {
    profile: { env_type: "guess", version: name, replay: "exact", splits: ["train", "test"], unavailable: [] },
    engine: "none",
    data_sha256: "",
    tasks: tasks ?? (() => ({ kind: "ok", value: [{ task_id: name }] })),
  };
}

const query = (split: string | null) => ({ split, filter: {}, limit: 10, cursor: null });
const idsOf = async (served: SystemEnvironment, split: string | null) =>
  (await served.tasks(query(split))).tasks.map(({ task_id }) => task_id);

test("tasks are asked of the worker that joined last, once for each list", async () => {
  const served = environment();
  served.ready(catalogue("first"));
  expect(await idsOf(served, null)).toEqual(["first"]);
  served.ready(catalogue("second"));
  expect(await idsOf(served, "train")).toEqual(["first"]);
  expect(await idsOf(served, "test")).toEqual(["second"]);
});

test("a worker that is lost while it lists tasks is an error that may be tried again", () => {
  const served = environment();
  served.ready(
    catalogue("lost", () => ({ kind: "failure", failure: { kind: "worker_lost", message: "the worker is gone" } })),
  );
  expect(() => served.tasks(query(null))).toThrow(expect.objectContaining({ code: "worker_lost" }));
});

test("it is loading until a worker is there or known not to be, and a worker that comes late is welcome", () => {
  const served = environment();
  expect([served.isLoading, served.profile.unavailable]).toEqual([true, [{ what: "guess", reason: "still loading" }]]);
  expect(() => served.catalogue).toThrow(expect.objectContaining({ code: "overloaded" }));
  expect(served.fail("no engine")).toBe(true);
  expect([served.isLoading, served.profile.unavailable]).toEqual([false, [{ what: "guess", reason: "no engine" }]]);
  expect(() => served.catalogue).toThrow(expect.objectContaining({ code: "unavailable_environment" }));
  served.ready(catalogue("late"));
  expect(served.profile.version).toBe("late");
  expect(served.fail("lost again")).toBe(false);
});
