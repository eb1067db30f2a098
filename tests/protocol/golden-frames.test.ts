import { expect, test } from "bun:test";
import { decodeMessage, encodeMessage } from "../../src/protocol/codec.ts";
import { type Frame, repliesOf, requestsOf } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { OPS, parseRequest } from "../../src/protocol/ops.ts";
import { bytesOf, codeOf, golden, hexOf, messageOf, receive } from "./frames-fixture.ts";

for (const { name, from, text, hex } of golden.frames) {
  test(`the golden frame "${name}" is encoded and decoded as written down`, () => {
    const value = JSON.parse(text) as Frame;
    expect(hexOf(encodeMessage(value, "msgpack"))).toBe(hex);
    expect(encodeMessage(value, "json")).toBe(text);
    expect(decodeMessage(bytesOf(hex), WIRE_LIMITS)).toEqual(value);
    expect(decodeMessage(text, WIRE_LIMITS)).toEqual(value);
    if (from === "client") for (const frame of requestsOf(value, WIRE_LIMITS)) parseRequest(frame);
    else repliesOf(value, WIRE_LIMITS);
  });
}

for (const entry of golden.accepted) {
  test(`a decoder also reads ${entry.name}`, () => {
    expect(decodeMessage(messageOf(entry), WIRE_LIMITS)).toEqual(JSON.parse(entry.value));
  });
}

for (const entry of golden.refused) {
  test(`a server refuses ${entry.name} with ${entry.code}`, () => {
    expect(codeOf(() => receive(messageOf(entry)))).toBe(entry.code);
  });
}

test("the golden frames show every op", () => {
  const shown = golden.frames.flatMap(({ text }) => [JSON.parse(text) as { op?: string }].flat());
  expect([...new Set(shown.flatMap(({ op }) => op ?? []))].sort()).toEqual([...OPS].sort());
});
