import type { Environment, Episode } from "../environments/environment.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { JsonObject, Message } from "../protocol/messages.ts";
import { atOnce } from "../util/maybe-promise.ts";
import type { TestRunner } from "./launcher-suite.ts";

export interface EnvironmentUnderTest {
  /** Loads it; called once a test. */
  load(): Environment | Promise<Environment>;
  /** A split with at least one task. */
  split: string;
  /** The messages that solve a task, in order. */
  solve(task_id: string): readonly Message[] | Promise<readonly Message[]>;
  params?: JsonObject;
}

/** What every native environment has to do. An environment's own test file calls this. */
export function environmentSuite(under: EnvironmentUnderTest, { test, expect }: TestRunner): void {
  async function first(): Promise<{ environment: Environment; task_id: string; messages: readonly Message[] }> {
    const environment = await under.load();
    const [task] = environment.tasks({ split: under.split, filter: {} });
    if (!task) throw new Error(`the split ${under.split} has no task`);
    return { environment, task_id: task.task_id, messages: await under.solve(task.task_id) };
  }

  const make = (environment: Environment, task_id: string): Episode =>
    environment.create({ task_id, params: under.params ?? {}, seed: null, started_at: 1_700_000_000 });

  const play = (episode: Episode, messages: readonly Message[]) =>
    messages.map((message) => atOnce(episode.step(message)));

  test("task ids are unique, and each can be created", async () => {
    const { environment } = await first();
    const ids = environment.tasks({ split: under.split, filter: {} }).map(({ task_id }) => task_id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const task_id of ids.slice(0, 20)) expect(make(environment, task_id).state.length).toBeGreaterThan(0);
  });

  test("the solution is scored 1, and the rewards of the steps sum to it", async () => {
    const { environment, task_id, messages } = await first();
    const episode = make(environment, task_id);
    const steps = play(episode, messages);
    expect(steps.at(-1)?.end_reason).toBe("completed");
    const score = episode.evaluate();
    expect([score.reward, score.success, score.reward_parts.sparse]).toEqual([1, true, 1]);
    expect(steps.reduce((sum, { reward }) => sum + reward, 0)).toBeCloseTo(score.reward, 10);
  });

  test("evaluate may be asked at any time and changes nothing", async () => {
    const { environment, task_id, messages } = await first();
    const asked = make(environment, task_id);
    const left = make(environment, task_id);
    for (const message of messages) {
      const before = asked.evaluate();
      expect(asked.evaluate()).toEqual(before);
      expect(asked.step(message)).toEqual(left.step(message));
    }
  });

  test("the same task and actions give the same observations, also interleaved with another instance", async () => {
    const { environment, task_id, messages } = await first();
    const alone = play(make(environment, task_id), messages);
    const [one, two] = [make(environment, task_id), make(environment, task_id)];
    const both = messages.map((message) => [one.step(message), two.step(message)]);
    expect(both.map(([step]) => step)).toEqual(alone);
    expect(both.map(([, step]) => step)).toEqual(alone);
  });

  test("what the model writes never throws", async () => {
    const { environment, task_id } = await first();
    for (const content of [
      "",
      "nonsense",
      "<tool_call>",
      "<tool_call>{}</tool_call>",
      "<think>",
      "[f(",
      "\u0000😀",
      null,
    ]) {
      const step = atOnce(make(environment, task_id).step({ role: "assistant", content }));
      expect(step.state.length).toBeGreaterThan(0);
    }
  });

  test("an unknown task, split or parameter is the caller's mistake", async () => {
    const { environment, task_id } = await first();
    const code = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return error instanceof ProtocolError ? error.code : String(error);
      }
      return "nothing";
    };
    expect(code(() => make(environment, "no such task"))).toBe("unknown_task");
    expect(code(() => environment.tasks({ split: "no such split", filter: {} }))).toBe("unknown_split");
    const params = { no_such_parameter: 1 };
    expect(code(() => environment.create({ task_id, params, seed: null, started_at: 0 }))).toBe("bad_params");
  });
}
