import { expect, test } from "bun:test";
import { type InstanceLimits, planCreate } from "../../src/actors/create-plan.ts";
import type { WorkerCatalogue } from "../../src/actors/ports.ts";
import type { JsonObject } from "../../src/protocol/messages.ts";

const limits = { idle_timeout_ms: 1000, max_idle_timeout_ms: 5000, max_group: 4 } as InstanceLimits;
const profile = { env_type: "e", version: "1", replay: "exact" as const, splits: ["train"], unavailable: [] };
const catalogue: WorkerCatalogue = {
  profile,
  engine: "e 1",
  data_sha256: null,
  tasks: () => ({ kind: "ok", value: [] }),
};
const ids = { instance: () => "i", session: () => "s", worker: () => "w" };

function stepsOf(params: JsonObject, served: WorkerCatalogue) {
  const query = { env_type: "e", task_id: "t", params, seed: null, n: null, labels: {}, expect: {}, instance_id: null };
  const [spec] = planCreate(query, {
    catalogue: served,
    limits,
    ids,
    version: "0",
    principal: "p",
    session: "",
    now: 0,
  });
  return [spec?.max_steps, spec?.header.request.params];
}

test("an environment's own number of steps holds where a create gives none", () => {
  expect(stepsOf({}, catalogue)).toEqual([null, {}]);
  expect(stepsOf({}, { ...catalogue, max_steps: 50 })).toEqual([50, {}]);
  expect(stepsOf({ max_steps: 3, other: 1 }, { ...catalogue, max_steps: 50 })).toEqual([3, { other: 1 }]);
});
