import { ProtocolError } from "./errors.ts";
import type { WireLimits } from "./limits.ts";

type ScanLimits = Pick<WireLimits, "depth" | "items">;

/**
 * One pass over the bytes before msgpackr sees them: nesting, number of values, lengths inside the message, no extension
 * types, nothing left over. Without it 16 MiB of empty arrays block the loop for seconds and take 2 GB, and msgpackr
 * decodes record and RegExp extensions whatever its options say. Throws `bad_frame` or `too_deep`.
 */
export function scanMsgpack(bytes: Uint8Array, limits: ScanLimits): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  /** Values still to come at each level; the top level has one. */
  const open: number[] = [1];
  let at = 0;
  let items = 0;

  const need = (count: number): void => {
    if (at + count > size) throw new ProtocolError("bad_frame", "the msgpack value is cut off");
  };
  const skip = (count: number): void => {
    need(count);
    at += count;
  };
  const enter = (count: number): void => {
    items += count;
    if (items > limits.items) throw new ProtocolError("too_deep", `a message has at most ${limits.items} values`);
    // Each value is at least a byte: a count past the end is a lie that must not make anyone allocate.
    if (count > size - at) throw new ProtocolError("bad_frame", "the msgpack value is cut off");
    if (count === 0) return;
    if (open.length > limits.depth)
      throw new ProtocolError("too_deep", `a message is at most ${limits.depth} levels deep`);
    open.push(count);
  };
  const length = (width: 1 | 2 | 4): number => {
    need(width);
    const value = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
    at += width;
    return value;
  };

  for (;;) {
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
    if (open.length === 0) break;
    open[open.length - 1] = (open[open.length - 1] ?? 1) - 1;
    need(1);
    const tag = bytes[at++] ?? 0;
    if (tag <= 0x7f || tag >= 0xe0) continue;
    if (tag <= 0x8f) enter((tag & 0x0f) * 2);
    else if (tag <= 0x9f) enter(tag & 0x0f);
    else if (tag <= 0xbf) skip(tag & 0x1f);
    else {
      switch (tag) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          break;
        case 0xc4:
        case 0xd9:
          skip(length(1));
          break;
        case 0xc5:
        case 0xda:
          skip(length(2));
          break;
        case 0xc6:
        case 0xdb:
          skip(length(4));
          break;
        case 0xcc:
        case 0xd0:
          skip(1);
          break;
        case 0xcd:
        case 0xd1:
          skip(2);
          break;
        case 0xca:
        case 0xce:
        case 0xd2:
          skip(4);
          break;
        case 0xcb:
        case 0xcf:
        case 0xd3:
          skip(8);
          break;
        case 0xdc:
          enter(length(2));
          break;
        case 0xdd:
          enter(length(4));
          break;
        case 0xde:
          enter(length(2) * 2);
          break;
        case 0xdf:
          enter(length(4) * 2);
          break;
        default:
          throw new ProtocolError("bad_frame", "msgpack extension types are not part of the protocol");
      }
    }
  }
  if (at !== size) throw new ProtocolError("bad_frame", "bytes are left over after the msgpack value");
}

/** The same limits for a JSON text, before JSON.parse: nesting, and values counted by their separators. */
export function scanJson(text: string, limits: ScanLimits): void {
  let depth = 0;
  let items = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) inString = false;
      continue;
    }
    switch (char) {
      case QUOTE:
        inString = true;
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        items++;
        if (++depth > limits.depth)
          throw new ProtocolError("too_deep", `a message is at most ${limits.depth} levels deep`);
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--;
        break;
      case COMMA:
      case COLON:
        items++;
        break;
    }
    if (items > limits.items) throw new ProtocolError("too_deep", `a message has at most ${limits.items} values`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
