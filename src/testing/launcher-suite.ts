import type { Launcher, Outcome, Worker } from "../actors/ports.ts";
import type { Environment } from "../environments/environment.ts";
import { guess } from "../environments/guess/environment.ts";

/** The functions of a test runner that the suites need: bun:test, vitest and jest have them. */
export interface TestRunner {
  test(name: string, run: () => Promise<void>): void;
  // biome-ignore lint/suspicious/noExplicitAny: the matchers of every runner, whose types differ
  expect(value: unknown): any;
}

/** The environments that the suite needs, by name: a worker program that is no part of this process has them too. */
export type SuiteEnvironment = keyof typeof suiteEnvironments;

/** What a launcher has to show whose workers are no part of this process. */
export interface RemoteWorkers {
  /** Ends a worker at once, as a crash would. */
  kill(worker_id: string): void | Promise<void>;
  /** What is still there of all that was launched: processes, containers, folders. A worker of `guess` has started a child. */
  left(): readonly string[] | Promise<readonly string[]>;
  /** A launcher whose program writes "there are no data" and ends. */
  readonly broken: Launcher;
}

/**
 * What every launcher has to do. `make` makes one that hosts the environment given, which is one of `suiteEnvironments`.
 * A launcher's own test file is a call of this.
 */
export function launcherSuite(
  name: string,
  make: (environment: Environment, called: SuiteEnvironment) => Launcher,
  { test, expect }: TestRunner,
  remote?: RemoteWorkers,
): void {
  const request = { task_id: "guess_42", params: {}, seed: null, started_at: 0 };
  const guessing = (content: string) => ({ role: "assistant" as const, content });

  const launcherOf = (called: SuiteEnvironment) => make(suiteEnvironments[called], called);

  async function withWorker(called: SuiteEnvironment, use: (worker: Worker) => Promise<void>): Promise<void> {
    const worker = await launcherOf(called).launch("w1");
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
    withWorker("guess", async ({ catalogue, capacity }) => {
      expect(catalogue.profile.env_type).toBe("guess");
      expect(capacity).toBeGreaterThan(0);
      const rows = answerOf(await catalogue.tasks({ split: "train", filter: {} }));
      expect(rows.length).toBe(50);
      const outcome = await catalogue.tasks({ split: "nope", filter: {} });
      expect(outcome.kind === "error" && outcome.error.code).toBe("unknown_split");
    }));

  test(`${name}: an episode is created, stepped, scored and released`, () =>
    withWorker("guess", async ({ link }) => {
      expect(answerOf(await link.create("i1", request)).state.length).toBe(1);
      expect(answerOf(await link.step("i1", guessing("50"))).state[0]?.content).toBe("Lower.");
      expect(answerOf(await link.evaluate("i1")).reward).toBe(0);
      expect(answerOf(await link.inspect("i1", {})).tries_left).toBe(6);
      const last = answerOf(await link.step("i1", guessing("42")));
      expect([last.end_reason, last.reward]).toEqual(["completed", 1]);
      expect(answerOf(await link.evaluate("i1")).success).toBe(true);
      await link.release("i1");
      expect((await link.step("i1", guessing("42"))).kind).toBe("failure");
      await link.release("i1");
    }));

  test(`${name}: two instances of one task never touch each other`, () =>
    withWorker("guess", async ({ link }) => {
      answerOf(await link.create("i1", request));
      answerOf(await link.create("i2", request));
      answerOf(await link.step("i1", guessing("42")));
      expect(answerOf(await link.evaluate("i2")).reward).toBe(0);
      expect(answerOf(await link.inspect("i2", {})).tries_left).toBe(7);
    }));

  test(`${name}: a caller's mistake is an error, and leaves nothing behind`, () =>
    withWorker("guess", async ({ link }) => {
      const unknown = await link.create("i1", { ...request, task_id: "nope" });
      expect(unknown.kind === "error" && unknown.error.code).toBe("unknown_task");
      const wrong = await link.create("i1", { ...request, params: { tries: "many" } });
      expect(wrong.kind === "error" && wrong.error.code).toBe("bad_params");
      expect((await link.step("i1", guessing("1"))).kind).toBe("failure");
    }));

  test(`${name}: a step that throws ends only its own instance`, () =>
    withWorker("throwing", async ({ link }) => {
      answerOf(await link.create("i1", request));
      answerOf(await link.create("i2", request));
      const outcome = await link.step("i1", guessing("throw"));
      expect(outcome.kind === "failure" && outcome.failure.kind).toBe("engine_error");
      expect(answerOf(await link.step("i2", guessing("42"))).reward).toBe(1);
    }));

  test(`${name}: stop ends the worker, and may be repeated`, async () => {
    const worker = await launcherOf("guess").launch("w1");
    await worker.stop();
    await worker.stop();
    expect(typeof (await worker.gone)).toBe("string");
  });

  if (!remote) return;

  test(`${name}: a worker that dies ends what it was asked with worker_lost, and says so`, () =>
    withWorker("guess", async ({ link, gone }) => {
      answerOf(await link.create("i1", request));
      await remote.kill(link.worker_id);
      const running = await link.step("i1", guessing("42"));
      expect(running.kind === "failure" && running.failure.kind).toBe("worker_lost");
      expect((await gone).length).toBeGreaterThan(0);
      const later = await link.evaluate("i1");
      expect(later.kind === "failure" && later.failure.kind).toBe("worker_lost");
    }));

  test(`${name}: nothing is left of a worker that was stopped, nor of what it had started`, async () => {
    const worker = await launcherOf("guess").launch("w1");
    expect((await remote.left()).length).toBeGreaterThan(0);
    await worker.stop();
    expect(await remote.left()).toEqual([]);
  });

  test(`${name}: nothing is left of a worker that died, once it was stopped`, async () => {
    const worker = await launcherOf("guess").launch("w1");
    await remote.kill("w1");
    await worker.gone;
    await worker.stop();
    expect(await remote.left()).toEqual([]);
  });

  test(`${name}: a worker that does not come up is an Error that shows what it wrote`, async () => {
    const message = await remote.broken.launch("w1").then(
      () => "it came up",
      (error: unknown) => (error instanceof Error ? error.message : "no Error"),
    );
    expect(message).toContain("there are no data");
    expect(await remote.left()).toEqual([]);
  });

  test(`${name}: a launch that is given up rejects and leaves nothing`, async () => {
    const abort = new AbortController();
    const launching = launcherOf("guess").launch("w1", abort.signal);
    abort.abort();
    const ended = await launching.then(
      () => "it came up",
      () => "gave up",
    );
    expect(ended).toBe("gave up");
    expect(await remote.left()).toEqual([]);
  });

  test(`${name}: two workers of one launcher know nothing of each other`, async () => {
    const launcher = launcherOf("guess");
    const [one, two] = await Promise.all([launcher.launch("w1"), launcher.launch("w2")]);
    try {
      answerOf(await one.link.create("i1", request));
      expect((await two.link.step("i1", guessing("42"))).kind).toBe("failure");
      await remote.kill("w1");
      await one.gone;
      expect(answerOf(await two.link.create("i1", request)).state.length).toBe(1);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
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

/** What the workers of the suite host. */
export const suiteEnvironments = { guess, throwing };
