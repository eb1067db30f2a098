import type { Launcher, Outcome, Worker } from "../actors/ports.ts";
import type { Environment } from "../environments/environment.ts";
import { guess } from "../environments/guess/environment.ts";

/** The functions of a test runner that the suites need: bun:test, vitest and jest have them. */
export interface TestRunner {
  test(name: string, run: () => Promise<void>): void;
  // biome-ignore lint/suspicious/noExplicitAny: the matchers of every runner, whose types differ
  expect(value: unknown): any;
}

/**
 * What every launcher of native environments has to do. `launch` makes a launcher that hosts the environment given; the
 * suite brings `guess` and one that fails. A launcher's own test file is a call of this.
 */
export function launcherSuite(
  name: string,
  make: (environment: Environment) => Launcher,
  { test, expect }: TestRunner,
): void {
  const request = { task_id: "guess_42", params: {}, seed: null, started_at: 0 };
  const guessing = (content: string) => ({ role: "assistant" as const, content });

  async function withWorker(environment: Environment, use: (worker: Worker) => Promise<void>): Promise<void> {
    const worker = await make(environment).launch("w1");
    try {
      await use(worker);
    } finally {
      await worker.stop();
    }
  }

  function answerOf<T>(outcome: Outcome<T>): T {
    if (outcome.kind !== "ok") throw new Error(`expected an answer, got ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  test(`${name}: a worker says what it serves, and its tasks`, () =>
    withWorker(guess, async ({ catalogue, capacity }) => {
      expect(catalogue.profile.env_type).toBe("guess");
      expect(capacity).toBeGreaterThan(0);
      const rows = answerOf(await catalogue.tasks({ split: "train", filter: {} }));
      expect(rows.length).toBe(50);
      const outcome = await catalogue.tasks({ split: "nope", filter: {} });
      expect(outcome.kind === "error" && outcome.error.code).toBe("unknown_split");
    }));

  test(`${name}: an episode is created, stepped, scored and released`, () =>
    withWorker(guess, async ({ link }) => {
      expect(answerOf(await link.create("i1", request)).state.length).toBe(1);
      expect(answerOf(await link.step("i1", guessing("50"))).state[0]?.content).toBe("Lower.");
      expect(answerOf(await link.evaluate("i1")).reward).toBe(0);
      expect(answerOf(await link.inspect("i1", {})).tries_left).toBe(6);
      const last = answerOf(await link.step("i1", guessing("42")));
      expect([last.end_reason, last.reward]).toEqual(["completed", 1]);
      expect(answerOf(await link.evaluate("i1")).success).toBe(true);
      link.release("i1");
      expect((await link.step("i1", guessing("42"))).kind).toBe("failure");
      link.release("i1");
    }));

  test(`${name}: two instances of one task never touch each other`, () =>
    withWorker(guess, async ({ link }) => {
      answerOf(await link.create("i1", request));
      answerOf(await link.create("i2", request));
      answerOf(await link.step("i1", guessing("42")));
      expect(answerOf(await link.evaluate("i2")).reward).toBe(0);
      expect(answerOf(await link.inspect("i2", {})).tries_left).toBe(7);
    }));

  test(`${name}: a caller's mistake is an error, and leaves nothing behind`, () =>
    withWorker(guess, async ({ link }) => {
      const unknown = await link.create("i1", { ...request, task_id: "nope" });
      expect(unknown.kind === "error" && unknown.error.code).toBe("unknown_task");
      const wrong = await link.create("i1", { ...request, params: { tries: "many" } });
      expect(wrong.kind === "error" && wrong.error.code).toBe("bad_params");
      expect((await link.step("i1", guessing("1"))).kind).toBe("failure");
    }));

  test(`${name}: a step that throws ends only its own instance`, () =>
    withWorker(throwing, async ({ link }) => {
      answerOf(await link.create("i1", request));
      answerOf(await link.create("i2", request));
      const outcome = await link.step("i1", guessing("throw"));
      expect(outcome.kind === "failure" && outcome.failure.kind).toBe("engine_error");
      expect(answerOf(await link.step("i2", guessing("42"))).reward).toBe(1);
    }));

  test(`${name}: stop ends the worker, and may be repeated`, async () => {
    const worker = await make(guess).launch("w1");
    await worker.stop();
    await worker.stop();
    expect(typeof (await worker.gone)).toBe("string");
  });
}

/** `guess` whose episodes throw when they are told to. */
const throwing: Environment = {
  ...guess,
  create: (request) => {
    const episode = guess.create(request);
    return {
      state: episode.state,
      tools: episode.tools,
      info: episode.info,
      prompt_sha256: episode.prompt_sha256,
      step: (action) => {
        if (action.content === "throw") throw new Error("as it was told to");
        return episode.step(action);
      },
      evaluate: () => episode.evaluate(),
      inspect: (query) => episode.inspect(query),
    };
  },
};
