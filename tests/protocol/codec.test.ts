import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeMessage, encodeMessage, encodeReply, joinReplies, packObservation } from "../../src/protocol/codec.ts";
import { type Frame, requestsOf } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { encodedOnce, writeMsgpack } from "../../src/protocol/msgpack-writer.ts";
import { anyJson, codeOf, golden, hexOf, messageOf, receive } from "./frames-fixture.ts";

const encodings = ["msgpack", "json"] as const;

/** A value with half surrogate pairs replaced, as UTF-8 has to. */
function inUnicode(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(inUnicode);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toWellFormed(), inUnicode(field)]));
}

test("any frame comes back the same from both encodings", () => {
  fc.assert(
    fc.property(anyJson, fc.nat(), (ok, re) => {
      for (const encoding of encodings) {
        const decoded = decodeMessage(encodeMessage({ re, ok }, encoding), WIRE_LIMITS);
        expect(decoded).toEqual({ re, ok: inUnicode(JSON.parse(JSON.stringify(ok))) });
      }
    }),
    { numRuns: 500 },
  );
});

test("an object that is encoded once has the same bytes in every message, at any depth, and across a buffer that grew", () => {
  fc.assert(
    fc.property(fc.array(anyJson, { minLength: 1 }), fc.string({ maxLength: 20_000 }), (parts, filler) => {
      const plain = { parts, filler };
      const inner = encodedOnce(structuredClone(plain));
      const outer = encodedOnce({ inner, parts });
      const expected = writeMsgpack([filler, { inner: plain, parts }, plain]);
      for (let time = 0; time < 3; time++) expect(writeMsgpack([filler, outer, inner])).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("what JSON cannot say leaves msgpack the same way: undefined, functions, NaN, infinities, -0, dates", () => {
  const ok = {
    missing: undefined,
    fn: () => 1,
    list: [undefined, () => 1],
    numbers: [Number.NaN, Number.POSITIVE_INFINITY, -0],
    date: new Date(0),
    reward: Number.NaN,
    reward_parts: { sparse: -0, none: Number.NEGATIVE_INFINITY },
    toJSON: "not a function",
    constructor: "not a class",
  };
  const decoded = decodeMessage(encodeMessage({ re: 1, ok }, "msgpack"), WIRE_LIMITS);
  expect(decoded).toEqual(decodeMessage(encodeMessage({ re: 1, ok }, "json"), WIRE_LIMITS));
  expect(JSON.stringify(decoded)).toBe(JSON.stringify({ re: 1, ok }));
});

test("a bigint is refused by both encodings instead of losing digits", () => {
  for (const encoding of encodings) expect(() => encodeMessage({ re: 1, ok: { n: 1n } }, encoding)).toThrow(TypeError);
});

test("integers stay integers up to 2^53 and come back exactly", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (integer) => {
      const bytes = writeMsgpack(integer);
      expect(bytes[0]).not.toBe(0xcb);
      expect(decodeMessage(bytes, WIRE_LIMITS)).toBe(integer);
    }),
  );
});

test("a reward is a float wherever it stands, also a whole one", () => {
  const float = /^cb/;
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1, max: 1 })), (reward) => {
      const ok = { reward, reward_parts: { sparse: reward }, info: { step: 1, reward_parts: { sparse: reward } } };
      const hex = hexOf(encodeReply({ re: 1, ok }, "msgpack"));
      const [, ...rewards] = hex.split(/a6726577617264(?!5f)|a6737061727365/);
      expect(rewards).toHaveLength(3);
      for (const rest of rewards) expect(rest).toMatch(float);
      const text = String(encodeReply({ re: 1, ok }, "json"));
      expect(text.match(/"(reward|sparse)":-?\d+(\.|e)/g)).toHaveLength(3);
      expect(text).toContain('"step":1,');
    }),
  );
});

test("a payload is not changed by being encoded", () => {
  const ok = Object.freeze({ reward: 1, reward_parts: Object.freeze({ sparse: 1 }) });
  encodeReply({ re: 1, ok }, "msgpack");
  expect(ok).toEqual({ reward: 1, reward_parts: { sparse: 1 } });
});

test("the bytes of an observation are those of [state, reward as a float, is_terminated]", () => {
  expect(hexOf(packObservation([{ role: "user", content: "a" }], 1, true))).toBe(
    "939182a4726f6c65a475736572a7636f6e74656e74a161cb3ff0000000000000c3",
  );
});

test("half a surrogate pair becomes U+FFFD in both encodings, in both directions, also in keys", () => {
  for (const encoding of encodings) {
    const message = encodeMessage({ re: 1, ok: { "k\udc00": "a\ud83d", "\\ud800": "\ud83d\ude00" } }, encoding);
    expect(decodeMessage(message, WIRE_LIMITS)).toEqual({
      re: 1,
      ok: { "k\ufffd": "a\ufffd", "\\ud800": "\ud83d\ude00" },
    });
  }
  expect(decodeMessage('["\\ud83d\\ude00", "\\ud83d", "\\\\ud83d"]', WIRE_LIMITS)).toEqual([
    "\ud83d\ude00",
    "\ufffd",
    "\\ud83d",
  ]);
});

test("a large message leaves whole, and the next one too", () => {
  const text = "é".repeat(3 * 1024 * 1024);
  expect(decodeMessage(encodeMessage({ re: 1, ok: text }, "msgpack"), WIRE_LIMITS)).toEqual({ re: 1, ok: text });
  expect(decodeMessage(encodeMessage({ re: 2, ok: "a" }, "msgpack"), WIRE_LIMITS)).toEqual({ re: 2, ok: "a" });
});

test("a batch split anywhere into messages brings the same frames in the same order", () => {
  const frames = fc.array(
    anyJson.map((params) => ({ op: "create", params })),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(frames, fc.infiniteStream(fc.boolean()), fc.constantFrom(...encodings), (bare, cut, encoding) => {
      const batch = bare.map((frame, index) => ({ id: index + 1, ...frame }));
      const messages: Frame[][] = [[]];
      for (const frame of batch) {
        if (cut.next().value === true) messages.push([]);
        messages.at(-1)?.push(frame);
      }
      const whole = requestsOf(decodeMessage(encodeMessage(batch, encoding), WIRE_LIMITS), WIRE_LIMITS);
      const parts = messages.flatMap((part) =>
        requestsOf(decodeMessage(encodeMessage(part, encoding), WIRE_LIMITS), WIRE_LIMITS),
      );
      expect(parts).toEqual(whole);
    }),
  );
});

test("replies that were encoded apart are joined to the batch that they would have been", () => {
  fc.assert(
    fc.property(
      fc.array(anyJson, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(...encodings),
      (values, encoding) => {
        const replies = values.map((ok, re) => ({ re, ok }));
        const joined = joinReplies(
          replies.map((reply) => encodeReply(reply, encoding)),
          encoding,
        );
        const decoded = decodeMessage(joined, WIRE_LIMITS);
        const batch = decodeMessage(encodeMessage(replies, encoding), WIRE_LIMITS);
        expect(replies.length === 1 ? [decoded] : decoded).toEqual(batch);
      },
    ),
  );
});

test("any bytes and any text are either understood or refused with a code", () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(fc.oneof(bytes, fc.string({ unit: "binary", maxLength: 300 })), (message) => {
      codeOf(() => receive(message));
    }),
    { numRuns: 3000 },
  );
});

test("a golden frame with any byte or char changed, cut out or put in is understood or refused with a code", () => {
  const messages = golden.frames.flatMap(({ text, hex }) => [{ text }, { hex }]).map(messageOf);
  fc.assert(
    fc.property(fc.constantFrom(...messages), fc.nat(), fc.nat(2), fc.nat(255), (message, place, remove, put) => {
      const at = place % message.length;
      const changed =
        typeof message === "string"
          ? message.slice(0, at) + String.fromCharCode(put) + message.slice(at + remove)
          : Uint8Array.from([...message.slice(0, at), put, ...message.slice(at + remove)]);
      codeOf(() => receive(changed));
    }),
    { numRuns: 5000 },
  );
});

test("a golden frame cut anywhere is refused", () => {
  for (const { text, hex } of golden.frames) {
    for (const message of [messageOf({ text }), messageOf({ hex })]) {
      for (let end = 0; end < message.length; end += 7) {
        expect(codeOf(() => receive(message.slice(0, end)))).toBe("bad_frame");
      }
    }
  }
});

test("what a decoder says of a message is never passed on", () => {
  for (const text of ["{secret", '{"a":secret}', "\u0000"]) {
    expect(() => decodeMessage(text, WIRE_LIMITS)).toThrow("the message is no JSON value");
  }
});

test("a message is measured in bytes, also a text of other letters", () => {
  const limits = { ...WIRE_LIMITS, message_bytes: 10 };
  for (const [text, code] of [
    ['"12345678"', "ok"],
    ['"123456789"', "too_large"],
    ['"éééé"', "ok"],
    ['"ééééa"', "too_large"],
    ['"日日a1"', "ok"],
    ['"😀😀"', "ok"],
    ['"😀😀a"', "too_large"],
  ] as const) {
    expect([text, codeOf(() => decodeMessage(text, limits))]).toEqual([text, code]);
  }
  expect(codeOf(() => decodeMessage(writeMsgpack("123456789"), limits))).toBe("ok");
  expect(codeOf(() => decodeMessage(writeMsgpack("1234567890"), limits))).toBe("too_large");
});
