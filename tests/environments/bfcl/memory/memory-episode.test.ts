import { describe, expect, test } from "bun:test";
import { SnapshotStore } from "../../../../src/environments/bfcl/memory/snapshot-store.ts";
import { ProtocolError } from "../../../../src/protocol/errors.ts";
import type { JsonObject } from "../../../../src/protocol/messages.ts";
import { playSession, QUESTION, remember, SESSION_0, SESSION_1, start, step } from "./own-memory.ts";

const memoryStore = () => new SnapshotStore({ folder: null });

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

describe("a chain of sessions", () => {
  test("hands the memory from one to the next by snapshot ids, and the question is asked with all of it in sight", () => {
    const store = memoryStore();
    const first = playSession(SESSION_0, {}, store, "user_name", "Ann");
    const second = playSession(SESSION_1, { memory: first }, store, "cat", "Tom");
    const question = start(QUESTION, { memory: second }, store);
    expect(question.state.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(question.state[0]?.content).toContain('{\n    "user_name": "Ann",\n    "cat": "Tom"\n}');
    const last = step(question, "{'answer': 'Tom', 'context': 'You said so.'}");
    expect([last.reward, last.end_reason]).toEqual([1, "completed"]);
    expect(question.evaluate()).toEqual({
      reward: 1,
      success: true,
      verdict: { valid: true },
      reward_parts: { sparse: 1, turn: 1, dense: 1 },
    });
  });

  test("gives the same id for the same memory after the same session, and another one for another", () => {
    const ids = ["Ann", "Ann", "Bob"].map((name) => playSession(SESSION_0, {}, memoryStore(), "user_name", name));
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(ids[0]).toBe(ids[1] ?? "");
    expect(ids[0]).not.toBe(ids[2]);
  });

  test("gives each instance a memory of its own", () => {
    const store = memoryStore();
    const first = playSession(SESSION_0, {}, store, "user_name", "Ann");
    const [one, two] = [start(SESSION_1, { memory: first }, store), start(SESSION_1, { memory: first }, store)];
    step(one, remember("cat", "Tom"));
    expect(step(two, "[core_memory_list_keys()]").state[0]?.content).toContain('{"keys": ["user_name"]}');
    expect(
      step(start(SESSION_1, { memory: first }, store), "[core_memory_list_keys()]").state[0]?.content,
    ).not.toContain("cat");
  });
});

describe("a session", () => {
  test("is judged by nothing: its evaluation brings the snapshot as it stands and says whether it is over", () => {
    const session = start(SESSION_0);
    step(session, remember("user_name", "Ann"));
    const early = session.evaluate();
    expect(early).toMatchObject({ reward: 0, success: false, verdict: { scored: false, session_complete: false } });
    expect(session.evaluate()).toEqual(early);
    expect(step(session, "Hello Ann.").state).toEqual([{ role: "user", content: "I have a cat." }]);
    const last = step(session, "Nice.");
    expect([last.reward, last.end_reason]).toEqual([0, "completed"]);
    expect(session.evaluate().verdict).toEqual({ ...early.verdict, session_complete: true });
  });

  test("that is not the first needs what came before, and the refusal says what to play in which order", () => {
    expect(refused(() => start(QUESTION))).toBe(
      "bad_params: params.memory: memory_kv_900-student-0 is about what was said in 2 earlier sessions. Play these tasks in this order: " +
        "memory_kv_prereq_900-student-0, memory_kv_prereq_901-student-1. evaluate().verdict.snapshot_id of each is params.memory of the next one, " +
        "and that of memory_kv_prereq_901-student-1 is params.memory here",
    );
    expect(refused(() => start(SESSION_1))).toContain("1 earlier sessions");
    expect(refused(() => start(SESSION_0, { memory: "x" }))).toContain("the first session, which begins empty");
  });

  test("refuses a snapshot of another session, backend or shape, and an id that nothing has", () => {
    const store = memoryStore();
    const first = playSession(SESSION_0, {}, store, "user_name", "Ann");
    expect(refused(() => start(QUESTION, { memory: first }, store))).toContain(
      "it is of the end of memory_kv_prereq_900-student-0, and this task comes after memory_kv_prereq_901-student-1",
    );
    expect(refused(() => start(SESSION_1, { memory: "0".repeat(64) }, store))).toContain("no snapshot 000");
    const given = (memory: JsonObject) => refused(() => start(SESSION_1, { memory }, store));
    expect(given({ backend: "rec_sum", memory: {} })).toContain("it is of a rec_sum memory, not kv");
    for (const memory of [
      {},
      { memory: "text" },
      { core_memory: {}, archival_memory: { a: 1 } },
      { core_memory: [] },
    ]) {
      expect(given(memory as JsonObject)).toContain('it must be {"core_memory": {key: text');
    }
  });

  test("takes the snapshot itself in place of an id, as info gives it or as the official engine writes it", () => {
    const session = start(SESSION_0);
    step(session, remember("user_name", "Ann"));
    const { memory } = session.inspect({ memory: true });
    expect(session.inspect({})).not.toHaveProperty("memory");
    const bare = { core_memory: { user_name: "Ann" }, archival_memory: {} };
    expect(memory).toEqual({ backend: "kv", scenario: "student", after: SESSION_0.id, memory: bare });
    for (const given of [memory, bare]) {
      const next = start(SESSION_1, { memory: given ?? null });
      expect(next.state[0]?.content).toContain('"user_name": "Ann"');
    }
  });
});

describe("a question", () => {
  const empty = { memory: { core_memory: {}, archival_memory: {} } };

  test("is answered by the message that ends it; what was only thought does not count", () => {
    const question = start(QUESTION, empty);
    step(question, "[core_memory_list_keys()] Tom");
    step(question, "<think>Tom</think>I do not know.");
    expect(question.evaluate()).toMatchObject({ success: false, verdict: { error_type: "agentic:answer_not_found" } });
  });

  test("ends without an answer at the 21st message with calls", () => {
    const question = start(QUESTION, empty);
    const steps = Array.from({ length: 21 }, () => step(question, "[core_memory_list_keys()]"));
    expect(steps.map(({ end_reason }) => end_reason).filter((reason) => reason !== null)).toEqual(["force_quit"]);
    expect(question.evaluate()).toMatchObject({ reward: 0, verdict: { error_type: "agentic:no_last_message" } });
    expect(refused(() => step(question, "Tom"))).toContain("instance_terminated");
  });

  test("pays in dense for the words of an answer that are there, and all of it only to a right one", () => {
    const dense = (content: string) => {
      const question = start(QUESTION, { ...empty, reward: "dense" });
      const { reward } = step(question, content);
      expect(question.evaluate().reward).toBe(reward);
      return reward;
    };
    expect(dense("the one")).toBeCloseTo(0.5 / 3, 10);
    expect(dense("the other cat")).toBeCloseTo(1 / 3, 10);
    expect(dense("tom")).toBe(1);
    expect(dense("")).toBe(0);
  });

  test("shows a malformed call as an error while training, and takes it for the answer in the official loop", () => {
    const broken = "[core_memory_add(key='Tom' value=)]";
    const trained = start(QUESTION, empty);
    expect(step(trained, broken).state[0]?.content).toContain("Error during parsing");
    const official = start(QUESTION, { ...empty, loop: "official" });
    expect(step(official, broken).end_reason).toBe("completed");
    expect(official.evaluate().success).toBe(true);
  });
});
