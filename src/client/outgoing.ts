import { type Encoded, type Encoding, encodeMessage } from "../protocol/codec.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { RequestFrame } from "../protocol/frames.ts";

/** Frames of one message. Fewer than servers accept, so that the values in them stay below their bound too. */
const MOST_FRAMES = 1024;

/**
 * Requests as messages that a server accepts, each of at most `most` bytes: usually one, but a resume sends again whatever
 * has no reply, which may have come in many messages. A request that fits in none is given to `refuse`: sent, it would
 * close the socket, and with it every other call.
 */
export function outgoing(
  frames: readonly RequestFrame[],
  encoding: Encoding,
  most: number,
  refuse: (id: number, error: ProtocolError) => void,
): Encoded[] {
  const [only] = frames;
  if (!only) return [];
  const message = frames.length > MOST_FRAMES ? null : encode(frames.length === 1 ? only : frames, encoding, most);
  if (message !== null && !(message instanceof ProtocolError)) return [message];
  if (message !== null && frames.length === 1) {
    refuse(only.id, message);
    return [];
  }
  const middle = Math.ceil(frames.length / 2);
  return [frames.slice(0, middle), frames.slice(middle)].flatMap((half) => outgoing(half, encoding, most, refuse));
}

function encode(
  frames: RequestFrame | readonly RequestFrame[],
  encoding: Encoding,
  most: number,
): Encoded | ProtocolError {
  try {
    const message = encodeMessage(frames, encoding);
    if (bytesOf(message, most) <= most) return message;
    return new ProtocolError("too_large", `the request has more than the ${most} bytes that the server accepts`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new ProtocolError("bad_request", `the request holds what JSON cannot say: ${reason}`);
  }
}

/** Bytes on the wire, exact where it can matter: a text of n characters has n to 3n of them. */
function bytesOf(message: Encoded, most: number): number {
  if (typeof message !== "string" || message.length * 3 <= most) return message.length;
  return new TextEncoder().encode(message).length;
}
