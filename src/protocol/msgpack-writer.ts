/** A number that is a float on the wire also when it is whole: 1 is the byte `01`, a Float of 1 is `cb3ff0000000000000`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** For JSON.stringify: `1.0`. Where the platform has no JSON.rawJSON (Node before 21) a whole number is `1`. */
  toJSON(): unknown {
    const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;
    if (!raw || !Number.isInteger(this.value) || Math.abs(this.value) >= 1e21) return this.value;
    return raw(`${this.value}.0`);
  }
}

const FIRST_SIZE = 8192;
/** A larger buffer is not kept after the message that needed it. */
const KEPT_SIZE = 1024 * 1024;
/** The most bytes of a char code in UTF-8, times which a string always fits. */
const MOST_BYTES_A_CHAR = 3;
const SHORT_STRING = 32;
const TWO_32 = 0x1_0000_0000;

const utf8 = new TextEncoder();

let bytes = new Uint8Array(FIRST_SIZE);
let view = new DataView(bytes.buffer);
let at = 0;

/**
 * The msgpack bytes of a JSON value, each value in its shortest form, maps in the order of their keys. It says exactly
 * what JSON.stringify says of the same value: fields that are undefined are left out, a number that is not finite is nil.
 *
 * Ours and not msgpackr's, because msgpackr writes integers from 2^32 on as floats, has no float for a whole number but
 * through an extension that every other user of msgpackr in the process would share, and writes an undefined field as nil.
 * It takes the time that msgpackr takes. Throws a TypeError on a bigint.
 */
export function writeMsgpack(value: unknown): Uint8Array<ArrayBuffer> {
  at = 0;
  write(value);
  const written = bytes.slice(0, at);
  if (bytes.length > KEPT_SIZE) use(new Uint8Array(FIRST_SIZE));
  return written;
}

function use(buffer: Uint8Array<ArrayBuffer>): void {
  bytes = buffer;
  view = new DataView(buffer.buffer);
}

function reserve(count: number): void {
  if (at + count <= bytes.length) return;
  const larger = new Uint8Array(Math.max(bytes.length * 2, at + count));
  larger.set(bytes.subarray(0, at));
  use(larger);
}

/** Bytes of values that are encoded once; null until the first message that carries one. */
const kept = new WeakMap<object, Uint8Array<ArrayBuffer> | null>();

/**
 * Marks a deeply frozen object that many messages carry, as a tool that every instance offers: its bytes are made once and
 * kept as long as it is. Gives it back.
 */
export function encodedOnce<T extends object>(frozen: T): T {
  if (!kept.has(frozen)) kept.set(frozen, null);
  return frozen;
}

function writeKept(value: object, known: Uint8Array<ArrayBuffer> | null): void {
  if (known === null) {
    const begin = at;
    writeFields(value as Record<string, unknown>);
    kept.set(value, bytes.slice(begin, at));
    return;
  }
  reserve(known.length);
  bytes.set(known, at);
  at += known.length;
}

function write(value: unknown): void {
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      return Number.isSafeInteger(value) ? writeInteger(value) : writeFloat(value);
    case "boolean":
      return writeByte(value ? 0xc3 : 0xc2);
    case "object":
      return value === null ? writeByte(0xc0) : writeObject(value);
    case "undefined":
    case "function":
    case "symbol":
      return writeByte(0xc0);
    case "bigint":
      throw new TypeError("a bigint has no place in a frame");
  }
}

function writeObject(value: object): void {
  if (value instanceof Float) return writeFloat(value.value);
  if (Array.isArray(value)) {
    writeHead(value.length, 0x90, 0xdc);
    for (let index = 0; index < value.length; index++) write(value[index]);
    return;
  }
  const known = kept.get(value);
  if (known !== undefined) return writeKept(value, known);
  writeFields(value as Record<string, unknown>);
}

function writeFields(fields: Record<string, unknown>): void {
  if (typeof fields.toJSON === "function") return write(fields.toJSON());
  const keys = Object.keys(fields);
  let present = 0;
  for (const key of keys) if (isWritten(fields[key])) present++;
  writeHead(present, 0x80, 0xde);
  for (const key of keys) {
    const field = fields[key];
    if (!isWritten(field)) continue;
    writeString(key);
    write(field);
  }
}

function isWritten(field: unknown): boolean {
  return field !== undefined && typeof field !== "function" && typeof field !== "symbol";
}

function writeByte(byte: number): void {
  reserve(1);
  bytes[at++] = byte;
}

/** Head of an array or a map: up to 15 in the tag, then 16 or 32 bits behind `wide` and the tag after it. */
function writeHead(count: number, fix: number, wide: number): void {
  reserve(5);
  if (count < 16) bytes[at++] = fix | count;
  else if (count < 0x1_0000) {
    bytes[at++] = wide;
    view.setUint16(at, count);
    at += 2;
  } else {
    bytes[at++] = wide + 1;
    view.setUint32(at, count);
    at += 4;
  }
}

function writeFloat(value: number): void {
  if (!Number.isFinite(value)) return writeByte(0xc0);
  reserve(9);
  bytes[at++] = 0xcb;
  // JSON has no -0 either: adding 0 makes it 0.
  view.setFloat64(at, value + 0);
  at += 8;
}

function writeInteger(value: number): void {
  reserve(9);
  if (value < 0) return writeNegative(value);
  if (value < 0x80) bytes[at++] = value;
  else if (value < 0x100) {
    bytes[at++] = 0xcc;
    bytes[at++] = value;
  } else if (value < 0x1_0000) {
    bytes[at++] = 0xcd;
    view.setUint16(at, value);
    at += 2;
  } else if (value < TWO_32) {
    bytes[at++] = 0xce;
    view.setUint32(at, value);
    at += 4;
  } else write64(0xcf, value);
}

function writeNegative(value: number): void {
  if (value >= -0x20) bytes[at++] = value & 0xff;
  else if (value >= -0x80) {
    bytes[at++] = 0xd0;
    bytes[at++] = value & 0xff;
  } else if (value >= -0x8000) {
    bytes[at++] = 0xd1;
    view.setInt16(at, value);
    at += 2;
  } else if (value >= -0x8000_0000) {
    bytes[at++] = 0xd2;
    view.setInt32(at, value);
    at += 4;
  } else write64(0xd3, value);
}

/** Two's complement in two halves: a safe integer has at most 21 bits above the lower 32. */
function write64(tag: number, value: number): void {
  bytes[at++] = tag;
  view.setInt32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value >>> 0);
  at += 8;
}

function writeString(text: string): void {
  const { length } = text;
  reserve(5 + length * MOST_BYTES_A_CHAR);
  if (length < SHORT_STRING && writeAscii(text)) return;
  const guess = stringHead(length);
  const { written } = utf8.encodeInto(text, bytes.subarray(at + guess));
  const head = stringHead(written);
  if (head !== guess) bytes.copyWithin(at + head, at + guess, at + guess + written);
  switch (head) {
    case 1:
      bytes[at] = 0xa0 | written;
      break;
    case 2:
      bytes[at] = 0xd9;
      bytes[at + 1] = written;
      break;
    case 3:
      bytes[at] = 0xda;
      view.setUint16(at + 1, written);
      break;
    case 5:
      bytes[at] = 0xdb;
      view.setUint32(at + 1, written);
      break;
  }
  at += head + written;
}

/** Keys and ids: shorter in a loop than by a call of the encoder. False, with nothing written, when one char is no ASCII. */
function writeAscii(text: string): boolean {
  let end = at + 1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) return false;
    bytes[end++] = code;
  }
  bytes[at] = 0xa0 | text.length;
  at = end;
  return true;
}

function stringHead(length: number): 1 | 2 | 3 | 5 {
  if (length < 32) return 1;
  if (length < 0x100) return 2;
  return length < 0x1_0000 ? 3 : 5;
}
