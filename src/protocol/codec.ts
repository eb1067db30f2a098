import { Unpackr } from "msgpackr";
import { ProtocolError } from "./errors.ts";
import { type Frame, isRecord, type Reply } from "./frames.ts";
import type { WireLimits } from "./limits.ts";
import { Float, writeMsgpack } from "./msgpack-writer.ts";
import { protoKey, scanJson, scanMsgpack } from "./scan.ts";

/** A binary message is one msgpack value, a text message the same value as JSON, for browsers and people. */
export type Encoding = "msgpack" | "json";
export type Encoded = Uint8Array<ArrayBuffer> | string;

/** Reads 64-bit integers as numbers: above 2^53 they lose digits, as in JSON. */
const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

/** One frame or a batch of them as one message. Rewards are floats, also whole ones. */
export function encodeMessage(message: Frame | readonly Frame[], encoding: Encoding): Encoded {
  return encodeValue(Array.isArray(message) ? message.map(withFloats) : withFloats(message as Frame), encoding);
}

/** One reply, to be sent alone or joined with others. */
export function encodeReply(reply: Reply, encoding: Encoding): Encoded {
  return encodeValue(withFloats(reply), encoding);
}

/** One message of encoded replies: what is kept for a resume is not encoded again. */
export function joinReplies(replies: readonly Encoded[], encoding: Encoding): Encoded {
  const [only] = replies;
  if (replies.length === 1 && only !== undefined) return only;
  if (encoding === "json") return `[${replies.join(",")}]`;
  const parts = replies.filter((part) => typeof part !== "string");
  const size = parts.reduce((sum, part) => sum + part.length, 5);
  const bytes = new Uint8Array(size);
  bytes[0] = 0xdd;
  new DataView(bytes.buffer).setUint32(1, parts.length);
  let at = 5;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The value of a message. Throws `too_large`, `too_deep`, `bad_frame`; never what a decoder threw. */
export function decodeMessage(message: Uint8Array | string, limits: WireLimits, most = limits.message_bytes): unknown {
  const size = sizeOf(message, most);
  if (size > most) {
    throw new ProtocolError("too_large", `a message has at most ${most} bytes here, this one has more`);
  }
  if (typeof message === "string") return decodeJson(message, limits);
  scanMsgpack(message, limits);
  try {
    return unpack(message);
  } catch {
    throw new ProtocolError("bad_frame", "the message is no msgpack value");
  }
}

/** msgpackr makes a DataView for each message, and looks for it there: a small message costs less copied under one that is kept. */
const KEPT_BYTES = 16 * 1024;
const kept: Uint8Array & { dataView?: DataView } = new Uint8Array(KEPT_BYTES);
kept.dataView = new DataView(kept.buffer);

function unpack(message: Uint8Array): unknown {
  if (message.length > KEPT_BYTES) return unpackr.unpack(message);
  kept.set(message);
  return unpackr.unpack(kept, message.length);
}

/** Bytes of a message, exact where it can matter: a text of n characters has n to 3n bytes. */
function sizeOf(message: Uint8Array | string, most: number): number {
  const { length } = message;
  if (typeof message !== "string" || length > most || length * 3 <= most) return length;
  let size = length;
  for (let at = 0; at < length && size <= most; at++) {
    const code = message.charCodeAt(at);
    if (code < 0x80) continue;
    // The two halves of a pair are four bytes together, any other char of the upper range is three.
    size += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return size;
}

function decodeJson(text: string, limits: WireLimits): unknown {
  scanJson(text, limits);
  try {
    // Half a pair stands behind an escape, and a key may.
    if (text.includes("\\u") || text.includes("__proto__")) return JSON.parse(text, careful);
    return JSON.parse(text);
  } catch (error) {
    throw error instanceof ProtocolError ? error : new ProtocolError("bad_frame", "the message is no JSON value");
  }
}

function careful(key: string, value: unknown): unknown {
  if (key === "__proto__") throw protoKey();
  return wellFormed(key, value);
}

/** Half a surrogate pair becomes U+FFFD, which is what UTF-8, and so msgpack, makes of it. */
function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (!isRecord(value) || Object.keys(value).every((name) => name.isWellFormed())) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toWellFormed(), field]));
}

/** The msgpack bytes of `[state, reward, is_terminated]`, of which the observation hash is made. */
export function packObservation(state: unknown, reward: number, is_terminated: boolean): Uint8Array {
  return writeMsgpack([state, new Float(reward), is_terminated]);
}

function encodeValue(value: unknown, encoding: Encoding): Encoded {
  if (encoding === "msgpack") return writeMsgpack(value);
  const text = JSON.stringify(value);
  // JSON.stringify writes a whole pair as it is: this is the escape of half a one.
  return text.includes("\\ud") ? JSON.stringify(value, wellFormed) : text;
}

function withFloats(frame: Frame): unknown {
  if (!("ok" in frame) || !isRecord(frame.ok) || !("reward" in frame.ok)) return frame;
  return { ...frame, ok: floatRewards(frame.ok) };
}

/** The payload of an answer with its rewards as floats, also where they are whole. */
export function floatRewards(payload: Record<string, unknown>): Record<string, unknown> {
  const floated = { ...payload };
  if (typeof payload.reward === "number") floated.reward = new Float(payload.reward);
  if (isRecord(payload.reward_parts)) floated.reward_parts = floatParts(payload.reward_parts);
  if (isRecord(payload.info) && isRecord(payload.info.reward_parts)) {
    floated.info = { ...payload.info, reward_parts: floatParts(payload.info.reward_parts) };
  }
  return floated;
}

function floatParts(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name, typeof value === "number" ? new Float(value) : value]),
  );
}
