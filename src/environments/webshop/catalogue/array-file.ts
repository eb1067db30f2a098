import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";

/** Arrays in one file: a line that says what it is, a line of JSON that says what follows, then each array at a multiple of eight. */
const ALIGN = 8;
const NEW_LINE = 10;
/** A header is short; what has no second line this early is another file. */
const HEADER_BYTES = 65_536;

const TYPES = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

type TypeName = keyof typeof TYPES;
export type ArrayOf = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

interface Header {
  readonly meta: unknown;
  readonly arrays: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[];
}

/** Writes arrays, for `mapArrays`. `magic` names the kind of file and its version. */
export async function writeArrays(
  path: string,
  magic: string,
  meta: unknown,
  arrays: Readonly<Record<string, ArrayOf>>,
): Promise<void> {
  const header: Header = {
    meta,
    arrays: Object.entries(arrays).map(([name, array]) => ({ name, type: typeOf(array), length: array.length })),
  };
  const head = new TextEncoder().encode(`${magic}\n${JSON.stringify(header)}\n`);
  const parts = [
    head,
    ...Object.values(arrays).map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  ];
  await using file = await open(path, "w");
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; ) at += (await file.write(part, at)).bytesWritten;
    if (padding(part.byteLength) > 0) await file.write(new Uint8Array(padding(part.byteLength)));
  }
}

/**
 * Maps a file into memory: its arrays are views of the file's pages, shared by every thread and process that maps them, and
 * must not be written to. One that may only be read is read instead, and shared by nobody. Throws an Error when it is no whole file of this kind and version.
 */
export function mapArrays(path: string, magic: string): { meta: unknown; arrays: Readonly<Record<string, ArrayOf>> } {
  const bytes = bytesOf(path);
  const decoder = new TextDecoder();
  const start = magic.length + 1;
  const lineEnd = bytes.subarray(0, HEADER_BYTES).indexOf(NEW_LINE, start);
  if (decoder.decode(bytes.subarray(0, start)) !== `${magic}\n` || lineEnd < 0) {
    throw new Error(`${path} is no "${magic}": build the catalogue again`);
  }
  const header: Header = JSON.parse(decoder.decode(bytes.subarray(start, lineEnd)));
  let at = lineEnd + 1;
  const views: Record<string, ArrayOf> = {};
  for (const { name, type, length } of header.arrays) {
    const from = at + padding(at);
    const Type = TYPES[type];
    at = from + length * Type.BYTES_PER_ELEMENT;
    if (at > bytes.byteLength) throw new Error(`${path} is cut short: build the catalogue again`);
    views[name] = new Type(bytes.buffer, bytes.byteOffset + from, length);
  }
  return { meta: header.meta, arrays: views };
}

/** Bun maps only what it may write to as well: not what another user owns, or what stands on a read-only disk. */
function bytesOf(path: string): Uint8Array<ArrayBuffer> {
  try {
    return Bun.mmap(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") throw error;
    return readFileSync(path);
  }
}

function typeOf(array: ArrayOf): TypeName {
  for (const name of Object.keys(TYPES) as TypeName[]) if (array instanceof TYPES[name]) return name;
  throw new TypeError("no type of array that a file can hold");
}

function padding(length: number): number {
  return (ALIGN - (length % ALIGN)) % ALIGN;
}
