import { expect, test } from "bun:test";
import fc from "fast-check";
import { ProtocolError } from "../../src/protocol/errors.ts";
import type { RequestFrame } from "../../src/protocol/frames.ts";
import { OPS, parseRequest } from "../../src/protocol/ops.ts";
import { anyJson, codeOf } from "./frames-fixture.ts";

/** A request as it was checked, to be compared with what a test expects. */
function parsed(frame: RequestFrame): unknown {
  return parseRequest(frame);
}

function refusalOf(frame: Record<string, unknown>): { code: string; message: string } {
  try {
    parseRequest({ id: 1, ...frame } as RequestFrame);
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(frame)}`);
}

const assistant = { role: "assistant", content: "50" };

test("the ops are those of the protocol", () => {
  expect(OPS.map(String).sort()).toEqual(
    "ack cancel create env_profile evaluate finish fork hello info ping release step tasks watch".split(" "),
  );
});

test("an unknown op is refused with the list of those that there are, also one that objects inherit", () => {
  for (const op of ["fly", "", "constructor", "toString", "__proto__", "Step"]) {
    const { code, message } = refusalOf({ op });
    expect(code).toBe("unsupported_op");
    const listed = message.split("there are: ")[1]?.split(", ").sort();
    expect(listed).toEqual(OPS.filter((known) => known !== "fork" && known !== "watch").sort());
  }
  expect(refusalOf({ op: "x".repeat(1_000_000) }).message.length).toBeLessThan(300);
});

test("a wrong field is named, with what is expected of it", () => {
  const create = { op: "create", env_type: "guess", task_id: "t" };
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ op: "create", task_id: "t" }, /^create: env_type: .*expected string/],
    [{ op: "create", env_type: "guess" }, /^create: task_id: expected the id of a task/],
    [{ ...create, n: 0 }, /^create: n: .*>=1/],
    [{ ...create, n: 1.5 }, /^create: n: .*expected int/],
    [{ ...create, seed: "1" }, /^create: seed: .*expected number/],
    [{ ...create, params: [] }, /^create: params: .*expected record/],
    [{ ...create, params: { a: { b: Number.NaN } } }, /^create: params.a.*: expected a JSON value/],
    [{ ...create, labels: { ["a".repeat(65)]: "" } }, /^create: labels: the name .*at most 64 characters/],
    [{ ...create, labels: { a: 1 } }, /^create: labels.a: .*expected string/],
    [{ ...create, instance_id: "a b" }, /^create: instance_id: 1 to 128 letters/],
    [{ op: "tasks", env_type: "g", limit: 0 }, /^tasks: limit: /],
    [{ op: "evaluate" }, /^evaluate: instance_id: .*expected string/],
    [{ op: "cancel" }, /^cancel: name `instance_ids`, or `labels`/],
    [{ op: "ack", upto: -1 }, /^ack: upto: .*>=0/],
    [{ op: "hello", resume: {} }, /^hello: resume.session: .*expected string/],
    [{ op: "fork", instance_id: "a", at: -1 }, /^fork: at: /],
    [{ op: "step", action: assistant }, /^step: instance_id: expected/],
    [{ op: "step", instance_id: "a".repeat(257), action: assistant }, /^step: instance_id: expected/],
    [{ op: "step", instance_id: "a" }, /^step: action: expected \{role/],
    [{ op: "step", instance_id: "a", action: assistant, step: -1 }, /^step: step: expected the whole number/],
    [{ op: "step", instance_id: "a", action: { role: "tool", content: "" } }, /^step: action.role: /],
    [{ op: "step", instance_id: "a", action: { content: [] } }, /^step: action.content: /],
    [{ op: "step", instance_id: "a", action: { tool_calls: {} } }, /^step: action.tool_calls: expected a list/],
    [{ op: "step", instance_id: "a", action: { tool_calls: [{}] } }, /^step: action.tool_calls.0: expected/],
    [{ op: "step", instance_id: "a", messages: [] }, /^step: messages: expected one assistant message/],
    [{ op: "step", instance_id: "a", messages: [assistant, assistant] }, /^step: messages: expected one/],
  ];
  for (const [frame, message] of cases) {
    const refusal = refusalOf(frame);
    expect(refusal.code).toBe("bad_request");
    expect(refusal.message).toMatch(message);
  }
});

test("16 labels are allowed and 17 are not", () => {
  const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, ""]));
  const create = (count: number) => ({ op: "create", env_type: "guess", task_id: "t", labels: labels(count) });
  expect(codeOf(() => parseRequest({ id: 1, ...create(16) }))).toBe("ok");
  expect(refusalOf(create(17)).message).toBe("create: labels: at most 16 labels");
});

test("unknown fields are ignored", () => {
  expect(parsed({ id: 1, op: "ping", newer: { a: 1 } })).toEqual({ id: 1, op: "ping" });
  const step = { id: 1, op: "step", instance_id: "a", action: { ...assistant, newer: 1 }, newer: 1 };
  expect(parsed(step)).toEqual({ id: 1, op: "step", instance_id: "a", action: { ...assistant } });
});

test("null is the same as a field that was not given, for every optional field of every op", () => {
  const least: Record<string, Record<string, unknown>> = {
    hello: {},
    tasks: { env_type: "g" },
    env_profile: { env_type: "g" },
    create: { env_type: "g", task_id: "t" },
    step: { instance_id: "a", action: assistant },
    info: { instance_id: "a" },
    fork: { instance_id: "a" },
    cancel: { instance_ids: ["a"] },
    watch: {},
  };
  const optional: Record<string, string[]> = {
    hello: ["version", "token", "resume", "client"],
    tasks: ["split", "filter", "limit", "cursor"],
    env_profile: ["split", "filter"],
    create: ["params", "seed", "n", "labels", "expect", "instance_id"],
    step: ["step", "messages"],
    info: ["query"],
    fork: ["at", "n"],
    cancel: ["labels"],
    watch: ["instance_id"],
  };
  for (const [op, fields] of Object.entries(least)) {
    const nulls = Object.fromEntries((optional[op] ?? []).map((field) => [field, null]));
    expect(parsed({ id: 1, op, ...fields, ...nulls })).toEqual(parseRequest({ id: 1, op, ...fields }));
  }
});

test("an action is taken from action or from a list of one message, with its role and ids filled in", () => {
  const expected = { id: 1, op: "step", instance_id: "a", action: { role: "assistant", content: "50" } };
  for (const given of [
    { action: assistant },
    { action: { content: "50" } },
    { action: { role: "user", content: "50" } },
    { messages: [assistant] },
    { messages: assistant },
    { action: assistant, messages: [] },
  ]) {
    expect(parsed({ id: 1, op: "step", instance_id: "a", ...given })).toEqual(expected);
  }
  const call = { function: { name: "f", arguments: "{}" } };
  const withCall = parsed({ id: 1, op: "step", instance_id: "a", action: { tool_calls: [call] } });
  expect(withCall).toMatchObject({
    action: { content: null, tool_calls: [{ id: "call_0", type: "function", ...call }] },
  });
});

test("a whole number as task id is the text of that number", () => {
  expect(parsed({ id: 1, op: "create", env_type: "g", task_id: 7 })).toMatchObject({ task_id: "7" });
});

test("a request of any fields is accepted or refused with a code, and the refusal is short", () => {
  const fields = fc.dictionary(
    fc.constantFrom(
      "instance_id",
      "action",
      "messages",
      "step",
      "params",
      "labels",
      "env_type",
      "task_id",
      "n",
      "upto",
    ),
    fc.oneof(anyJson, fc.constant("a"), fc.nat(), fc.constant(assistant)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...OPS), fields, (op, given) => {
      const frame = { ...given, id: 1, op };
      if (codeOf(() => parseRequest(frame)) !== "ok") expect(refusalOf(frame).message.length).toBeLessThan(4000);
    }),
    { numRuns: 2000 },
  );
});
