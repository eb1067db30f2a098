import { expect, test } from "bun:test";
import { splitLog } from "../../src/containers/logs.ts";

function piece(stream: number, text: string): Uint8Array {
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + body.length);
  bytes[0] = stream;
  new DataView(bytes.buffer).setUint32(4, body.length);
  bytes.set(body, 8);
  return bytes;
}

function joined(...pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((each) => [...each]));
}

test("output of both streams comes in the order in which it was written", () => {
  expect(splitLog(joined(piece(1, "one\n"), piece(2, "two\n"), piece(1, "three\n")))).toBe("one\ntwo\nthree\n");
});

test("a character that two pieces share is one character", () => {
  const euro = new TextEncoder().encode("€");
  const [first, second] = [piece(1, ""), piece(1, "")];
  const parts = [
    joined(first.subarray(0, 7), Uint8Array.of(1), euro.subarray(0, 1)),
    joined(second.subarray(0, 7), Uint8Array.of(2), euro.subarray(1)),
  ];
  expect(splitLog(joined(...parts))).toBe("€");
});

test("a piece that was cut off is taken as far as it goes, and no output is an empty text", () => {
  expect(splitLog(piece(1, "whole").subarray(0, 11))).toBe("who");
  expect(splitLog(new Uint8Array(0))).toBe("");
  expect(splitLog(new Uint8Array(5))).toBe("");
});
