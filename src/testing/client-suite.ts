import type { Calls, InstanceHandle } from "../protocol/calls.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { TestRunner } from "./launcher-suite.ts";

/** A way to reach a Stepwell that serves `guess`, and to leave it. */
export interface CallsUnderTest {
  calls: Calls;
  close(): Promise<void>;
}

/** What every way to call a Stepwell has to do: over a socket in either encoding, and inside the process. */
export function clientSuite(name: string, open: () => Promise<CallsUnderTest>, { test, expect }: TestRunner): void {
  const say = (content: string) => ({ role: "assistant" as const, content });

  function check(what: string, use: (calls: Calls) => Promise<void>): void {
    test(`${name}: ${what}`, async () => {
      const { calls, close } = await open();
      try {
        await use(calls);
      } finally {
        await close();
      }
    });
  }

  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "nothing",
      (error: unknown) => (error instanceof ProtocolError ? error.code : String(error)),
    );

  check("an episode from create to release", async (calls) => {
    const instance = await calls.create("guess", "guess_42", { labels: { run: "1" } });
    expect(instance.state[0]?.role).toBe("user");
    expect((await instance.step(say("50"))).state[0]?.content).toBe("Lower.");
    const last = await instance.step(say("42"), 1);
    expect([last.reward, last.is_terminated, last.info.end_reason]).toEqual([1, true, "completed"]);
    const score = await instance.evaluate();
    expect([score.reward, score.success, score.failure]).toEqual([1, true, null]);
    expect([await instance.release(), await instance.release()]).toEqual([true, false]);
  });

  check("a group is created all or none", async (calls) => {
    const group = await calls.createGroup("guess", "guess_42", 4);
    expect(new Set(group.map(({ id }) => id)).size).toBe(4);
    expect(new Set(group.map(({ state }) => JSON.stringify(state))).size).toBe(1);
    expect(await codeOf(calls.createGroup("guess", "nope", 4))).toBe("unknown_task");
    expect(await codeOf(calls.createGroup("guess", "guess_42", 100_000))).toBe("bad_request");
    await calls.releaseMany(group);
  });

  check("a batch has an answer for each item, in order", async (calls) => {
    const created = await calls.createMany(
      ["guess_1", "nope", "guess_2"].map((task_id) => ({ env_type: "guess", task_id })),
    );
    expect(created.map((one) => ("ok" in one ? "ok" : one.error.code))).toEqual(["ok", "unknown_task", "ok"]);
    const instances = created.flatMap((one) => ("ok" in one ? [one.ok] : []));
    const steps = await calls.stepMany(instances.map((instance) => ({ instance, action: say("2") })));
    expect(steps.map((one) => "ok" in one && one.ok.reward)).toEqual([0, 1]);
    const scores = await calls.evaluateMany(instances);
    expect(scores.map((one) => "ok" in one && one.ok.success)).toEqual([false, true]);
    await calls.releaseMany(instances);
    const gone = await calls.evaluateMany(instances);
    expect(gone.map((one) => "error" in one && one.error.code)).toEqual(["unknown_instance", "unknown_instance"]);
  });

  check("max_steps cuts an episode, finish ends one, and a step after the end is refused", async (calls) => {
    const cut = await calls.create("guess", "guess_42", { params: { max_steps: 1 } });
    const step = await cut.step(say("1"));
    expect([step.is_terminated, step.is_truncated, step.info.end_reason]).toEqual([true, true, "max_steps"]);
    expect(await codeOf(cut.step(say("2")))).toBe("instance_terminated");
    const finished = await calls.create("guess", "guess_42");
    expect((await finished.finish()).end_reason).toBe("finished");
    expect(await codeOf(finished.step(say("2")))).toBe("instance_terminated");
    await calls.releaseMany([cut, finished]);
  });

  check("a stale step runs nothing", async (calls) => {
    const instance = await calls.create("guess", "guess_42");
    expect(await codeOf(instance.step(say("50"), 3))).toBe("stale_step");
    expect((await instance.inspect()).steps).toBe(0);
    await instance.release();
  });

  check("tasks come in pages that end", async (calls) => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await calls.tasks("guess", { split: "test", limit: 20, cursor });
      seen.push(...page.tasks.map(({ task_id }) => task_id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect([seen.length, new Set(seen).size]).toEqual([50, 50]);
    expect((await calls.envProfile("guess", { split: "test" })).task_ids).toEqual(seen);
  });

  check("cancel takes instances by their labels", async (calls) => {
    const label = { run: `cancel-${name}` };
    const mine = await calls.createGroup("guess", "guess_42", 3, { labels: label });
    const other: InstanceHandle = await calls.create("guess", "guess_42");
    expect((await calls.cancel({ labels: label })).sort()).toEqual(mine.map(({ id }) => id).sort());
    expect(await codeOf(mine[0]?.evaluate() ?? Promise.resolve())).toBe("unknown_instance");
    expect(await other.release()).toBe(true);
  });

  check("mistakes have codes", async (calls) => {
    expect(await codeOf(calls.create("nope", "guess_42"))).toBe("unknown_environment");
    expect(await codeOf(calls.create("guess", "guess_42", { params: { tries: 0 } }))).toBe("bad_params");
    expect(await codeOf(calls.create("guess", "guess_42", { params: { max_steps: 0 } }))).toBe("bad_params");
    expect(await codeOf(calls.create("guess", "guess_42", { expect: { environment: "9" } }))).toBe(
      "expectation_failed",
    );
    expect(await codeOf(calls.tasks("guess", { split: "nope" }))).toBe("unknown_split");
    expect(await codeOf(calls.tasks("guess", { split: "train", cursor: "x" }))).toBe("bad_request");
    const named = await calls.create("guess", "guess_42", { instance_id: `named-${name.replace(/\W/g, "")}` });
    expect(await codeOf(calls.create("guess", "guess_42", { instance_id: named.id }))).toBe("instance_exists");
    await named.release();
  });
}
