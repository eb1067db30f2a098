import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { knownSolution } from "../../../src/environments/bfcl/demo-policy.ts";
import { createStepwell, type Stepwell } from "../../../src/stepwell.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";

let well: Stepwell;
let http: string;

beforeAll(async () => {
  well = await createStepwell({ environments: ["guess"], port: 0 });
  http = well.listen().replace("ws:", "http:").replace("/v1", "");
});

afterAll(() => well.stop());

async function post(route: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${http}${route}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const env_type = "guess";

test("an episode of the older routes, with the client's own instance id", async () => {
  const created = await post("/create", {
    env_type,
    task_id: "guess_42",
    instance_id: "older-1",
    params: { is_open_query: true },
  });
  expect([created.status, created.body.success]).toEqual([200, true]);
  const again = await post("/create", { env_type, task_id: "guess_42", instance_id: "older-1" });
  expect(again.status).toBe(409);
  const step = await post("/step", { instance_id: "older-1", messages: { role: "assistant", content: "42" } });
  expect(step.body.data).toMatchObject({
    state: [{ role: "user", content: "Right." }],
    reward: 1,
    is_terminated: true,
  });
  expect((await post("/evaluate", { instance_id: "older-1", params: { sparse: true } })).body).toEqual({
    success: true,
    data: 1,
  });
  const dense = (await post("/evaluate", { instance_id: "older-1" })).body.data as Record<string, unknown>;
  expect(dense).toMatchObject({
    valid: true,
    accuracy: 1,
    total_count: 1,
    correct_count: 1,
    test_id: "guess_42",
    completed: true,
  });
  const scored = await fetch(`${http}/evaluate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"instance_id": "older-1"}',
  });
  // A float for a client in Python, which tells 1 from 1.0.
  expect(await scored.text()).toContain(
    '"reward":1.0,"verdict":{"valid":true,"guesses":1},"reward_parts":{"sparse":1.0}',
  );
  expect((await post("/release", { instance_id: "older-1" })).body).toEqual({ success: true, data: null });
  expect((await post("/release", { instance_id: "older-1" })).body).toEqual({ success: false, data: null });
});

test("the errors of the older routes", async () => {
  const cases: [string, unknown, number, unknown][] = [
    ["/step", { instance_id: "gone", messages: { role: "assistant", content: "x" } }, 400, "Instance gone not found!"],
    ["/evaluate", { instance_id: "gone" }, 400, "Instance gone not found!"],
    ["/get_info", { instance_id: "gone" }, 400, "Instance gone not found!"],
    ["/release", {}, 400, "instance_id is required"],
    ["/create", { env_type, task_id: "nope" }, 400, 'no task "nope"; there are guess_1 to guess_100'],
    [
      "/get_env_profile",
      { env_type, params: { split: "nope" } },
      400,
      'guess has the splits train and test, not "nope"',
    ],
  ];
  for (const [route, body, status, detail] of cases) {
    const answer = await post(route, body);
    expect([route, answer.status, answer.body.detail]).toEqual([route, status, detail]);
  }
  expect((await post("/create", { env_type: "nope", task_id: "x" })).status).toBe(400);
  expect((await post("/create", { env_type, task_id: 1 })).status).toBe(422);
  expect((await post("/get_env_profile", { env_type, params: null })).status).toBe(200);
  expect((await post("/create", "{")).status).toBe(422);
});

test("a step that says how many were done runs once", async () => {
  await post("/create", { env_type, task_id: "guess_42", instance_id: "twice" });
  const step = { instance_id: "twice", step: 0, messages: { role: "assistant", content: "50" } };
  expect((await post("/step", step)).status).toBe(200);
  const again = await post("/step", step);
  expect([again.status, again.body.code, again.body.details]).toEqual([409, "stale_step", { step: 1 }]);
  await post("/release", { instance_id: "twice" });
});

test("only JSON is read, only POST is answered, and no page of another site", async () => {
  expect((await post("/release", "{}", { "content-type": "text/plain" })).status).toBe(415);
  expect((await fetch(`${http}/release`)).status).toBe(405);
  expect((await post("/release", {}, { origin: "http://evil.example" })).status).toBe(403);
});

const python = Bun.which("python3");
const missing = whyNoData() ?? (python === null ? "needs python3" : null);

test.skipIf(missing !== null && process.env.CI !== "true")(
  `a Python client of the older routes plays every category to reward 1${missing === null ? "" : ` (not run: ${missing})`}`,
  async () => {
    await using bfcl = await createStepwell({ environments: ["bfcl"], port: 0 });
    const address = bfcl.listen().replace("ws:", "http:").replace("/v1", "");
    const categories = ["base", "miss_func", "miss_param", "long_context"];
    const ids = categories.flatMap((category) => [0, 7, 150].map((index) => `multi_turn_${category}_${index}`));
    const script = Object.fromEntries(ids.map((id) => [id, knownSolution(loadDataForTests().task(id))]));
    const client = Bun.spawn([python ?? "python3", join(import.meta.dir, "older_client.py"), address], {
      stdin: new Blob([JSON.stringify(script)]),
      stdout: "pipe",
      stderr: "inherit",
    });
    const lines = (await new Response(client.stdout).text()).trim().split("\n");
    expect(await client.exited).toBe(0);
    expect(lines.map((line) => line.replace(/ 1\.0$/, " solved"))).toEqual(ids.map((id) => `${id} solved`));
    expect(bfcl.size).toBe(0);
  },
);
