import { addExtension, Packr } from "msgpackr";
import { ProtocolError } from "./errors.ts";
import { type Frame, isRecord, type Reply } from "./frames.ts";
import type { WireLimits } from "./limits.ts";
import { scanJson, scanMsgpack } from "./scan.ts";

/** A binary message is one msgpack value, a text message the same value as JSON, for browsers and people. */
export type Encoding = "msgpack" | "json";
export type Encoded = Uint8Array<ArrayBuffer> | string;

/** A number that stays a float on the wire when it is whole: msgpackr writes 1 as an integer, JSON.stringify as `1`. */
class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toJSON(): unknown {
    const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;
    if (!raw || !Number.isFinite(this.value)) return this.value;
    return raw(Number.isInteger(this.value) && Math.abs(this.value) < 1e21 ? `${this.value}.0` : String(this.value));
  }
}

addExtension({
  Class: Float,
  // The type is never written: `pack` writes the nine bytes of a float64 in place of an extension.
  type: 0x7e,
  unpack: () => {
    throw new ProtocolError("bad_frame", "msgpack extension types are not part of the protocol");
  },
  pack(float: Float, allocate: (size: number) => { target: Uint8Array; position: number }) {
    const { target, position } = allocate(9);
    target[position] = 0xcb;
    new DataView(target.buffer, target.byteOffset).setFloat64(position + 1, float.value);
  },
} as unknown as Parameters<typeof addExtension>[0]);

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: "number",
  encodeUndefinedAsNil: true,
});

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
  // A text of n characters has at least n bytes, so this refuses no text that its bytes would allow.
  if (message.length > most) {
    throw new ProtocolError("too_large", `a message has at most ${most} bytes here, this one has ${message.length}`);
  }
  if (typeof message === "string") return decodeJson(message, limits);
  scanMsgpack(message, limits);
  try {
    return packr.unpack(message);
  } catch {
    throw new ProtocolError("bad_frame", "the message is no msgpack value");
  }
}

function decodeJson(text: string, limits: WireLimits): unknown {
  scanJson(text, limits);
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError("bad_frame", "the message is no JSON value");
  }
}

/** The msgpack bytes of `[state, reward, is_terminated]`, of which the observation hash is made. */
export function packObservation(state: unknown, reward: number, is_terminated: boolean): Uint8Array {
  return packr.pack([state, new Float(reward), is_terminated]);
}

function encodeValue(value: unknown, encoding: Encoding): Encoded {
  if (encoding === "json") return JSON.stringify(value);
  // A copy: msgpackr hands out a view of its own large buffer, which a kept reply would hold on to.
  return new Uint8Array(packr.pack(value));
}

function withFloats(frame: Frame): unknown {
  if (!("ok" in frame) || !isRecord(frame.ok) || !("reward" in frame.ok)) return frame;
  return { ...frame, ok: floatRewards(frame.ok) };
}

function floatRewards(payload: Record<string, unknown>): Record<string, unknown> {
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
