import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeMessage, encodeMessage } from "../../src/protocol/codec.ts";
import { type Frame, type RequestFrame, repliesOf, requestsOf } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { answers } from "../../src/protocol/worker-answers.ts";
import { parseWorkerHello, parseWorkerRequest, WORKER_OPS, workerRepliesOf } from "../../src/protocol/worker-frames.ts";
import { page, workerExamples } from "./document.ts";
import { bytesOf, codeOf, hexOf } from "./frames-fixture.ts";

const golden = JSON.parse(readFileSync(join(import.meta.dir, "../golden/worker-frames.json"), "utf8")) as {
  frames: { name: string; from: "server" | "worker"; text: string; hex: string }[];
};

/** What the other side makes of a message. */
function receive(from: "server" | "worker", value: unknown): void {
  const [first] = [value].flat() as { op?: string; re?: number }[];
  if (first?.op === "hello") parseWorkerHello(value as RequestFrame);
  else if (from === "worker") workerRepliesOf(value, WIRE_LIMITS);
  else if (first?.re !== undefined) repliesOf(value, WIRE_LIMITS);
  else for (const frame of requestsOf(value, WIRE_LIMITS)) parseWorkerRequest(frame);
}

for (const { name, from, text, hex } of golden.frames) {
  test(`the golden frame "${name}" of a worker's socket is encoded and decoded as written down`, () => {
    const value = JSON.parse(text) as Frame;
    expect(hexOf(encodeMessage(value, "msgpack"))).toBe(hex);
    expect(decodeMessage(bytesOf(hex), WIRE_LIMITS)).toEqual(value);
    receive(from, value);
  });
}

test("the golden frames of a worker's socket show every op, and so does the page", () => {
  const shown = golden.frames.flatMap(({ text }) => [JSON.parse(text) as { op?: string }].flat());
  const ops = [...new Set(shown.flatMap(({ op }) => op ?? []))].filter((op) => op !== "hello");
  expect(ops.sort()).toEqual([...WORKER_OPS].sort());
  const rows = [...page.matchAll(/^\| `(\w+)` `\{/gm)].map((match) => match[1] ?? "");
  expect(rows.sort()).toEqual([...WORKER_OPS].sort());
});

test("every example of a worker's socket on the page is accepted by the other side", () => {
  expect(workerExamples.length).toBeGreaterThan(5);
  for (const { from, text } of workerExamples) receive(from, JSON.parse(text));
});

test("a worker that sends what is no reply is refused", () => {
  expect(codeOf(() => workerRepliesOf({ id: 1, op: "step" }, WIRE_LIMITS))).toBe("bad_frame");
  expect(codeOf(() => workerRepliesOf({ re: 1 }, WIRE_LIMITS))).toBe("bad_frame");
  expect(codeOf(() => parseWorkerHello({ id: 1, op: "hello", role: "worker", version: 1 }))).toBe("bad_frame");
  expect(codeOf(() => parseWorkerRequest({ id: 1, op: "step", instance_id: "a" }))).toBe("bad_request");
  expect(codeOf(() => parseWorkerRequest({ id: 1, op: "exec" }))).toBe("unsupported_op");
});

test("a failure of a kind that is not known is an engine error, never a result", () => {
  expect(workerRepliesOf({ re: 1, failure: { kind: "meteor" } }, WIRE_LIMITS)).toEqual([
    { re: 1, failure: { kind: "engine_error", message: "the worker gave no reason" } },
  ]);
});

const step = {
  state: [{ role: "user", content: "Right." }],
  reward: 1,
  end_reason: null,
  action: { valid: true, format: "text", parse_errors: [] },
};

test("a step's answer is read without what is null, and wrong ones say what is wrong", () => {
  const told = { ...step, tools_added: null, reward_parts: null, info: null, extra: 1 };
  expect(answers.step(told)).toEqual(step as never);
  const wrong: [object, string][] = [
    [{ reward: Number.NaN }, "reward"],
    [{ reward: "1" }, "reward"],
    [{ end_reason: "max_steps" }, "end_reason"],
    [{ state: [{ role: "user", content: 1 }] }, "content"],
    [{ state: "Right." }, "state"],
    [{ action: null }, "action"],
    [{ reward_parts: { dense: 1 } }, "sparse"],
  ];
  for (const [part, named] of wrong) expect(() => answers.step({ ...step, ...part })).toThrow(named);
});

test("a score without a finite reward is no score", () => {
  const score = { reward: 0.5, success: false, verdict: {}, reward_parts: { sparse: 0 } };
  expect(answers.evaluate(score)).toEqual(score);
  for (const reward of [null, Number.POSITIVE_INFINITY, "0.5"]) {
    expect(() => answers.evaluate({ ...score, reward })).toThrow("reward");
  }
});
