import { ProtocolError, type WireError } from "./errors.ts";
import type { WireLimits } from "./limits.ts";
import type { Failure } from "./messages.ts";

/** A request as it came: the op and its fields are checked by ops.ts. Ids rise strictly within a session. */
export interface RequestFrame {
  id: number;
  op: string;
  [field: string]: unknown;
}

/** The one answer of request `re`. */
export type Reply = { re: number; ok: unknown } | { re: number; err: WireError };

/** Something that was not asked for, for example why the server closes the connection. */
export interface EventFrame {
  ev: string;
  [field: string]: unknown;
}

/** How a worker says that it failed, which is neither a result nor the caller's mistake. */
export interface FailureReply {
  re: number;
  failure: Failure;
}

export type Frame = RequestFrame | Reply | FailureReply | EventFrame;

/** The frames of one decoded message: a frame, or an array of frames. Throws `bad_frame`, `too_large`. */
export function framesOf(value: unknown, limits: Pick<WireLimits, "batch">): Record<string, unknown>[] {
  const frames = Array.isArray(value) ? value : [value];
  if (frames.length > limits.batch) {
    throw new ProtocolError("too_large", `a batch has at most ${limits.batch} frames, this one has ${frames.length}`);
  }
  for (const frame of frames) {
    if (!isRecord(frame)) throw new ProtocolError("bad_frame", "a message is a frame (a map) or an array of frames");
  }
  return frames;
}

/** The frames that a server accepts: requests alone. Throws `bad_frame`. */
export function requestsOf(value: unknown, limits: Pick<WireLimits, "batch">): RequestFrame[] {
  return framesOf(value, limits).map((frame) => {
    const { id, op } = frame;
    if (!Number.isSafeInteger(id) || Number(id) < 1) {
      throw new ProtocolError("bad_frame", "a request has an `id`: a whole number from 1 that rises with each request");
    }
    if (typeof op !== "string") throw new ProtocolError("bad_frame", "a request has an `op`: a text");
    return frame as RequestFrame;
  });
}

/** The frames that a client accepts: replies and events. Throws `bad_frame`. */
export function repliesOf(value: unknown, limits: Pick<WireLimits, "batch">): (Reply | EventFrame)[] {
  return framesOf(value, limits).map((frame) => {
    if (typeof frame.ev === "string") return frame as EventFrame;
    if (Number.isSafeInteger(frame.re) && ("ok" in frame || isErr(frame.err))) return frame as unknown as Reply;
    throw new ProtocolError("bad_frame", "the server sent a frame that is neither reply nor event");
  });
}

function isErr(err: unknown): boolean {
  return isRecord(err) && typeof err.code === "string";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
