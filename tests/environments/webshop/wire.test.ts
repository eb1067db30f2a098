import { expect, test } from "bun:test";
import { connect } from "../../../src/client/index.ts";
import { createStepwell } from "../../../src/stepwell.ts";
import { environment, say, solution } from "./own-shop.ts";

const options = { environments: ["webshop"], host: "127.0.0.1", port: 0 };
const parts = { environments: { webshop: () => environment } };

test("a task is solved through a WebSocket, and a group of it is one state and instances of their own", async () => {
  await using well = await createStepwell(options, parts);
  await using client = await connect(well.listen());
  const { tasks } = await client.tasks("webshop", { split: "test", limit: 3 });
  const task_id = tasks[0]?.task_id ?? "";
  const [first, second] = await client.createGroup("webshop", task_id, 2);
  if (!first || !second) throw new Error("no group");
  expect(first.state).toEqual(second.state);
  for (const message of solution(task_id)) await first.step(message);
  const step = await second.step(say("search[desk lamp]"));
  expect([step.is_terminated, step.info.page]).toEqual([false, "results"]);
  expect((await first.evaluate()).reward).toBe(1);
  expect((await first.evaluate()).provenance.engine).toContain("nouns: ");
  expect((await second.finish()).reward).toBe(0);
});

test("max_steps cuts a visit, and step_limit is the protocol's own end", async () => {
  await using well = await createStepwell(options, parts);
  const cut = await well.create("webshop", "webshop_0", { params: { max_steps: 1 } });
  expect((await cut.step(say("search[lamp]"))).info.end_reason).toBe("max_steps");
  const limited = await well.create("webshop", "webshop_0", { params: { step_limit: 1 } });
  const last = await limited.step(say("search[lamp]"));
  expect([last.info.end_reason, last.is_truncated, last.reward]).toEqual(["force_quit", true, 0]);
});
