import { ProtocolError } from "./errors.ts";
import type { WireLimits } from "./limits.ts";

type ScanLimits = Pick<WireLimits, "depth" | "items">;

/** The bytes of `__proto__`. */
const PROTO = [0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f];

/**
 * One pass over the bytes before msgpackr sees them: nesting, number of values, lengths inside the message, nothing left
 * over, and only what JSON can say too (no extension types, no bytes, map keys that are texts). Without it 16 MiB of
 * empty arrays block the loop for seconds and take 2 GB, and msgpackr decodes record and RegExp extensions whatever its
 * options say. Throws `bad_frame` or `too_deep`.
 */
export function scanMsgpack(bytes: Uint8Array, limits: ScanLimits): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  let at = 0;
  let items = 0;
  /** Values still to come in the container that is open, and whether it is a map; those around it are on the stacks. */
  let left = 1;
  let isMap = false;
  const outerLeft: number[] = [];
  const outerIsMap: boolean[] = [];

  const length = (width: 1 | 2 | 4): number => {
    if (at + width > size) throw cutOff();
    const value = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
    at += width;
    return value;
  };
  const skip = (count: number): void => {
    at += count;
    if (at > size) throw cutOff();
  };
  const text = (count: number, isKey: boolean): void => {
    skip(count);
    if (isKey && count === PROTO.length && PROTO.every((byte, index) => bytes[at - count + index] === byte)) {
      throw protoKey();
    }
  };
  const open = (count: number, map: boolean): void => {
    items += count;
    if (items > limits.items) throw tooMany(limits);
    if (outerLeft.length >= limits.depth) throw tooDeep(limits);
    outerLeft.push(left);
    outerIsMap.push(isMap);
    left = count;
    isMap = map;
  };

  for (;;) {
    while (left === 0) {
      const outer = outerLeft.pop();
      if (outer === undefined) {
        if (at !== size) throw new ProtocolError("bad_frame", "bytes are left over after the msgpack value");
        return;
      }
      left = outer;
      isMap = outerIsMap.pop() ?? false;
    }
    const isKey = isMap && left % 2 === 0;
    left--;
    const tag = bytes[at++];
    if (tag === undefined) throw cutOff();
    if (tag >= 0xa0 && tag <= 0xbf) {
      text(tag & 0x1f, isKey);
      continue;
    }
    if (isKey && (tag < 0xd9 || tag > 0xdb)) throw new ProtocolError("bad_frame", "the key of a map is not a text");
    if (tag <= 0x7f || tag >= 0xe0) continue;
    if (tag <= 0x8f) open((tag & 0x0f) * 2, true);
    else if (tag <= 0x9f) open(tag & 0x0f, false);
    else {
      switch (tag) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
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
        case 0xd9:
          text(length(1), isKey);
          break;
        case 0xda:
          text(length(2), isKey);
          break;
        case 0xdb:
          text(length(4), isKey);
          break;
        case 0xdc:
          open(length(2), false);
          break;
        case 0xdd:
          open(length(4), false);
          break;
        case 0xde:
          open(length(2) * 2, true);
          break;
        case 0xdf:
          open(length(4) * 2, true);
          break;
        default:
          throw new ProtocolError(
            "bad_frame",
            `msgpack type 0x${tag.toString(16)} (bytes, extension) is not used here`,
          );
      }
    }
  }
}

/** The same limits for a JSON text, before JSON.parse: nesting, and values counted by what stands between them. */
export function scanJson(text: string, limits: ScanLimits): void {
  let depth = 0;
  let items = 0;
  let inString = false;
  /** Whether a container was just opened: its first value, if it has one, is counted when it comes. */
  let opened = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) inString = false;
      continue;
    }
    if (char <= SPACE) continue;
    if (opened) {
      opened = false;
      if (char !== CLOSE_BRACKET && char !== CLOSE_BRACE) items++;
    }
    switch (char) {
      case QUOTE:
        inString = true;
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        opened = true;
        if (++depth > limits.depth) throw tooDeep(limits);
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
    if (items > limits.items) throw tooMany(limits);
  }
}

/** The refusal of a key that would reach for the prototype of whatever a careless program copies it to. */
export function protoKey(): ProtocolError {
  return new ProtocolError("bad_frame", "a map has the key __proto__");
}

function cutOff(): ProtocolError {
  return new ProtocolError("bad_frame", "the msgpack value is cut off");
}

function tooDeep(limits: ScanLimits): ProtocolError {
  return new ProtocolError("too_deep", `a message is at most ${limits.depth} levels deep`);
}

function tooMany(limits: ScanLimits): ProtocolError {
  return new ProtocolError("too_deep", `a message has at most ${limits.items} values`);
}

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
