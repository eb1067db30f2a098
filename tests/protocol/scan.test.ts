import { expect, test } from "bun:test";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { decodeMessage } from "../../src/protocol/codec.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { writeMsgpack } from "../../src/protocol/msgpack-writer.ts";
import { scanJson, scanMsgpack } from "../../src/protocol/scan.ts";
import { anyJson, codeOf } from "./frames-fixture.ts";

const MIB = 1024 * 1024;

/** Counts the bytes that the scan looks at, so that its work is measured without a clock. */
function readsOf(bytes: Uint8Array): { reads: number; code: string } {
  let reads = 0;
  const counted = new Proxy(bytes, {
    get(target, property) {
      if (typeof property === "string" && /^\d+$/.test(property)) reads++;
      const value: unknown = Reflect.get(target, property, target);
      return value;
    },
  });
  return { code: codeOf(() => scanMsgpack(counted, WIRE_LIMITS)), reads };
}

test("16 MiB of empty arrays are refused before the decoder sees them, after at most one look at each allowed value", () => {
  const honest = new Uint8Array(16 * MIB).fill(0x90);
  honest[0] = 0xdd;
  new DataView(honest.buffer).setUint32(1, honest.length - 5);
  expect(readsOf(honest)).toEqual({ code: "too_deep", reads: 1 });

  // In arrays of 15, so that no single count gives it away.
  const nested = new Uint8Array(16 * MIB).fill(0x90);
  nested.set([0xdd, 0, 0x03, 0xff, 0xff]);
  for (let at = 5; at < nested.length; at += 16) nested[at] = 0x9f;
  const { code, reads } = readsOf(nested);
  expect(code).toBe("too_deep");
  expect(reads).toBeLessThan(WIRE_LIMITS.items);
});

test("16 MiB of empty arrays as JSON are refused", () => {
  expect(codeOf(() => decodeMessage(`[${"[],".repeat(5 * MIB)}[]]`, WIRE_LIMITS))).toBe("too_deep");
});

test("a depth of 10,000 is refused in both encodings, opened as lists or as maps, closed or not", () => {
  const lists = new Uint8Array(10_001).fill(0x91);
  lists[10_000] = 0x90;
  const maps = Uint8Array.from(Array.from({ length: 10_000 }, () => [0x81, 0xa1, 0x61]).flat());
  for (const message of [lists, maps, "[".repeat(10_000), `${"[".repeat(10_000)}${"]".repeat(10_000)}`]) {
    expect(codeOf(() => decodeMessage(message, WIRE_LIMITS))).toBe("too_deep");
  }
  expect(codeOf(() => decodeMessage('{"a":'.repeat(10_000), WIRE_LIMITS))).toBe("too_deep");
});

test("64 levels are allowed and 65 are not, whether the innermost is empty or not", () => {
  for (const innermost of ["[]", "[1]", "{}", '{"a":1}']) {
    for (const [depth, code] of [
      [64, "ok"],
      [65, "too_deep"],
    ] as const) {
      const text = "[".repeat(depth - 1) + innermost + "]".repeat(depth - 1);
      expect([innermost, depth, codeOf(() => decodeMessage(text, WIRE_LIMITS))]).toEqual([innermost, depth, code]);
      const bytes = writeMsgpack(JSON.parse(text));
      expect([innermost, depth, codeOf(() => decodeMessage(bytes, WIRE_LIMITS))]).toEqual([innermost, depth, code]);
    }
  }
});

test("both encodings of a value are refused by the same limits of depth and items", () => {
  fc.assert(
    fc.property(anyJson, fc.nat(6), fc.nat(30), (value, depth, items) => {
      const limits = { depth, items };
      const text = JSON.stringify(value, null, value === null ? 0 : 1);
      expect(codeOf(() => scanJson(text, limits))).toBe(codeOf(() => scanMsgpack(writeMsgpack(value), limits)));
    }),
    { numRuns: 2000 },
  );
});

test("every message of an encoder passes, whatever stands in its texts", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      scanMsgpack(writeMsgpack(value), WIRE_LIMITS);
      scanJson(JSON.stringify(value), WIRE_LIMITS);
    }),
  );
});

test("record, RegExp, Set, Date and Error extensions are refused, which msgpackr would decode whatever its options say", () => {
  const values = [/a/, new Set([1]), new Date(), new Error("x")];
  const packr = new Packr({ useRecords: false, moreTypes: true });
  for (const value of values) {
    expect(codeOf(() => decodeMessage(packr.pack({ id: 1, value }), WIRE_LIMITS))).toBe("bad_frame");
  }
  const records = new Packr();
  expect(codeOf(() => decodeMessage(records.pack([{ a: 1 }, { a: 2 }]), WIRE_LIMITS))).toBe("bad_frame");
});

test("every extension and bytes tag is refused for what it is, whole and at every place where a value can stand", () => {
  const whole: [number, number[]][] = [
    [0xc1, []],
    [0xc4, [1, 0]],
    [0xc5, [0, 1, 0]],
    [0xc6, [0, 0, 0, 1, 0]],
    [0xc7, [1, 5, 0]],
    [0xc8, [0, 1, 5, 0]],
    [0xc9, [0, 0, 0, 1, 5, 0]],
    [0xd4, [5, 0]],
    [0xd5, [5, 0, 0]],
    [0xd6, [5, ...Array<number>(4).fill(0)]],
    [0xd7, [5, ...Array<number>(8).fill(0)]],
    [0xd8, [5, ...Array<number>(16).fill(0)]],
  ];
  for (const [tag, rest] of whole) {
    const name = `0x${tag.toString(16)}`;
    for (const before of [[], [0x91], [0x81, 0xa1, 0x61]]) {
      expect(() => scanMsgpack(Uint8Array.from([...before, tag, ...rest]), WIRE_LIMITS)).toThrow(name);
    }
    expect(() => scanMsgpack(Uint8Array.from([0x81, tag, ...rest, 1]), WIRE_LIMITS)).toThrow("the key of a map");
  }
});

test("a length that exceeds the message is refused before anything of that length is made", () => {
  for (const head of [[0xdb, 0xff, 0xff, 0xff, 0xff], [0xdd, 0, 3, 0, 0], [0xdf, 0, 1, 0, 0], [0xda, 0xff], [0xbf]]) {
    expect(codeOf(() => decodeMessage(Uint8Array.from(head), WIRE_LIMITS))).toBe("bad_frame");
  }
});

test("a part of a larger buffer is scanned as that part alone", () => {
  const buffer = Uint8Array.from([0xc1, 0x91, 0x01, 0xc1]);
  scanMsgpack(buffer.subarray(1, 3), WIRE_LIMITS);
  expect(codeOf(() => scanMsgpack(buffer.subarray(1), WIRE_LIMITS))).toBe("bad_frame");
});

test("brackets, commas and quotes within a JSON text are no structure", () => {
  const text = JSON.stringify(`${'[{"\\'.repeat(1000)},,,:::`);
  scanJson(text, { depth: 0, items: 0 });
});
