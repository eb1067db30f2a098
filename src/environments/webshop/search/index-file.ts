import { open } from "node:fs/promises";
import type { IndexArrays } from "./inverted-index.ts";

/** The file: this line, a line of JSON with the lengths of what follows, then the arrays, each at a multiple of eight. */
const MAGIC = "stepwell webshop index 1\n";
const ALIGN = 8;
const NEW_LINE = 10;

interface Header {
  documents: number;
  tokens: number;
  terms: number;
  termBytes: number;
  postings: number;
  products: number;
}

/** Writes an index to one file, for `readIndex`. */
export async function writeIndex(path: string, arrays: IndexArrays): Promise<void> {
  const terms = new TextEncoder().encode(arrays.terms.join("\n"));
  const header: Header = {
    documents: arrays.documents,
    tokens: arrays.tokens,
    terms: arrays.terms.length,
    termBytes: terms.byteLength,
    postings: arrays.postingDocs.length,
    products: arrays.products.length,
  };
  const parts: Uint8Array[] = [new TextEncoder().encode(`${MAGIC}${JSON.stringify(header)}\n`), terms];
  for (const array of [arrays.starts, arrays.postingDocs, arrays.postingCounts, arrays.lengths, arrays.products]) {
    parts.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  await using file = await open(path, "w");
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; ) at += (await file.write(part, at)).bytesWritten;
    if (padding(part.byteLength) > 0) await file.write(new Uint8Array(padding(part.byteLength)));
  }
}

/** Reads an index in one read; its arrays are views of the file's bytes. Rejects when it is no index of this version. */
export async function readIndex(path: string): Promise<IndexArrays> {
  const bytes = await Bun.file(path).arrayBuffer();
  const all = new Uint8Array(bytes);
  const lineEnd = all.indexOf(NEW_LINE, MAGIC.length);
  const decoder = new TextDecoder();
  if (decoder.decode(all.subarray(0, MAGIC.length)) !== MAGIC || lineEnd < 0) {
    throw new Error(`${path} is no webshop index of this version: build the catalogue again`);
  }
  const header: Header = JSON.parse(decoder.decode(all.subarray(MAGIC.length, lineEnd)));
  let at = lineEnd + 1;
  const take = (length: number): number => {
    const from = at + padding(at);
    at = from + length;
    if (at > bytes.byteLength) throw new Error(`${path} is cut short: build the catalogue again`);
    return from;
  };
  const text = take(header.termBytes);
  const terms = decoder.decode(all.subarray(text, text + header.termBytes)).split("\n");
  const u32 = (length: number) => new Uint32Array(bytes, take(4 * length), length);
  const starts = u32(header.terms + 1);
  const postingDocs = u32(header.postings);
  const postingCounts = new Uint16Array(bytes, take(2 * header.postings), header.postings);
  const lengths = new Uint8Array(bytes, take(header.products), header.products);
  return {
    documents: header.documents,
    tokens: header.tokens,
    terms,
    starts,
    postingDocs,
    postingCounts,
    lengths,
    products: u32(header.products),
  };
}

function padding(length: number): number {
  return (ALIGN - (length % ALIGN)) % ALIGN;
}
