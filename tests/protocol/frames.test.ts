import { expect, test } from "bun:test";
import { framesOf, repliesOf, requestsOf } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { codeOf } from "./frames-fixture.ts";

test("a message is a frame or a batch of frames, also an empty one", () => {
  expect(framesOf({ id: 1 }, WIRE_LIMITS)).toEqual([{ id: 1 }]);
  expect(framesOf([{ id: 1 }, { id: 2 }], WIRE_LIMITS)).toEqual([{ id: 1 }, { id: 2 }]);
  expect(framesOf([], WIRE_LIMITS)).toEqual([]);
  for (const value of [1, "a", null, [1], [null], [[{ id: 1 }]]]) {
    expect(codeOf(() => framesOf(value, WIRE_LIMITS))).toBe("bad_frame");
  }
});

test("a batch of more frames than the limit is too_large, and nothing of it is taken", () => {
  const ping = { id: 1, op: "ping" };
  expect(requestsOf(Array(4096).fill(ping), WIRE_LIMITS)).toHaveLength(4096);
  expect(codeOf(() => requestsOf(Array(4097).fill(ping), WIRE_LIMITS))).toBe("too_large");
});

test("one bad frame refuses its whole batch, so that nothing runs of a message that is broken", () => {
  expect(codeOf(() => requestsOf([{ id: 1, op: "ping" }, { id: 2 }], WIRE_LIMITS))).toBe("bad_frame");
});

test("a request id is a whole number from 1 that a double holds exactly", () => {
  for (const id of [1, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    expect(codeOf(() => requestsOf({ id, op: "ping" }, WIRE_LIMITS))).toBe("ok");
  }
  for (const id of [0, -1, 1.5, 2 ** 53, "1", null, undefined, true, [1]]) {
    expect(codeOf(() => requestsOf({ id, op: "ping" }, WIRE_LIMITS))).toBe("bad_frame");
  }
});

test("a client takes replies and events and refuses everything else", () => {
  const err = { code: "a_code_of_a_newer_server", message: "", retryable: false };
  for (const frame of [{ re: 1, ok: null }, { re: 1, err }, { ev: "closing" }, { ev: "of a newer server", x: 1 }]) {
    expect(codeOf(() => repliesOf(frame, WIRE_LIMITS))).toBe("ok");
  }
  for (const frame of [{}, { re: 1 }, { re: "1", ok: 1 }, { re: 1, err: "x" }, { re: 1, err: {} }, { ev: 1 }]) {
    expect(codeOf(() => repliesOf(frame, WIRE_LIMITS))).toBe("bad_frame");
  }
});
