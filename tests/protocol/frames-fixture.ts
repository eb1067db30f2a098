import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { decodeMessage } from "../../src/protocol/codec.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { requestsOf } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { parseRequest } from "../../src/protocol/ops.ts";

interface GoldenFrames {
  frames: { name: string; from: "client" | "server"; text: string; hex: string }[];
  accepted: { name: string; value: string; text?: string; hex?: string }[];
  refused: { name: string; code: string; text?: string; hex?: string }[];
}

export const golden: GoldenFrames = JSON.parse(
  readFileSync(join(import.meta.dir, "../golden/frames.json"), "utf8"),
) as GoldenFrames;

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function hexOf(message: Uint8Array | string): string {
  if (typeof message === "string") throw new Error("a text message has no hex");
  return [...message].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The message of a golden entry: its bytes, or its text. */
export function messageOf(entry: { text?: string; hex?: string }): Uint8Array | string {
  return entry.text ?? bytesOf(entry.hex ?? "");
}

/** The code with which something is refused, or "ok". Whatever else is thrown goes on. */
export function codeOf(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

/** What a server does with a message before anything runs. */
export function receive(message: Uint8Array | string): void {
  for (const frame of requestsOf(decodeMessage(message, WIRE_LIMITS), WIRE_LIMITS)) parseRequest(frame);
}

/** Any JSON value that may stand in a frame, with texts of every kind. */
export const anyJson = fc
  .jsonValue({ maxDepth: 5, stringUnit: "binary" })
  .filter((value) => !JSON.stringify(value).includes("__proto__"));
