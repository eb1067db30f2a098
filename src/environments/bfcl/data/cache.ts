import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DataFiles, digestOf } from "./files.ts";
import { WHEEL_SHA256 } from "./wheel.ts";

/** Raised when what is kept changes its form: an older cache is then not found, and made anew. */
const FORMAT = 2;
const NAME = `bfcl-${WHEEL_SHA256.slice(0, 16)}-v${FORMAT}.bin`;

/** Path of what is kept in a folder. */
export function cacheFile(folder: string): string {
  return join(folder, NAME);
}

export interface Cached {
  readonly files: DataFiles;
  readonly sha256: string;
}

/**
 * One file: the length of a JSON index, the index (digest and file lengths), then the files. One read loads it, and the
 * digest tells a damaged one, which is as good as none (null).
 */
export async function readCache(folder: string): Promise<Cached | null> {
  try {
    const bytes = new Uint8Array(await readFile(cacheFile(folder)));
    const indexLength = new DataView(bytes.buffer).getUint32(0);
    const index = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + indexLength))) as {
      sha256: string;
      files: [string, number][];
    };
    const files = new Map<string, Uint8Array>();
    let at = 4 + indexLength;
    for (const [path, length] of index.files) {
      files.set(path, bytes.subarray(at, at + length));
      at += length;
    }
    return at === bytes.length && digestOf(files) === index.sha256 ? { files, sha256: index.sha256 } : null;
  } catch {
    return null;
  }
}

/** Writes the cache in one step, so that a second process or a crash never sees half of it. Returns its path. */
export async function writeCache(folder: string, files: DataFiles): Promise<string> {
  await mkdir(folder, { recursive: true });
  const sha256 = digestOf(files);
  const index = new TextEncoder().encode(
    JSON.stringify({ sha256, files: Array.from(files, ([path, { length }]) => [path, length]) }),
  );
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, index.length);
  const path = cacheFile(folder);
  const half = `${path}.${randomUUID()}`;
  try {
    await writeFile(half, Buffer.concat([head, index, ...files.values()]));
    await rename(half, path);
  } finally {
    await rm(half, { force: true });
  }
  return path;
}
