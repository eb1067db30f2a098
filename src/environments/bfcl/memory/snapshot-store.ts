import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LRUCache } from "lru-cache";

export interface SnapshotStoreOptions {
  /** Where snapshots are written too, so that every worker on this machine and the next server find them. */
  readonly folder: string | null;
  /** Snapshots that are kept in this process. */
  readonly inMemory?: number;
  /** Files that the folder may hold; the ones not used for longest go. */
  readonly onDisk?: number;
}

/** How often the folder is counted, in snapshots written. */
const COUNT_EVERY = 256;

/**
 * Snapshots of memories by the sha256 of their text. The id is the content, so an id resolves to the same snapshot on any
 * worker that has it, or to none. Bounded in memory and on disk; a disk that cannot be written is done without.
 */
export class SnapshotStore {
  readonly #folder: string | null;
  readonly #onDisk: number;
  readonly #texts: LRUCache<string, string>;
  #written = 0;

  constructor({ folder, inMemory = 1024, onDisk = 20_000 }: SnapshotStoreOptions) {
    this.#folder = folder;
    this.#onDisk = onDisk;
    this.#texts = new LRUCache({ max: inMemory });
  }

  /** Keeps a snapshot; its id. */
  put(text: string): string {
    const id = sha256(text);
    if (!this.#texts.has(id)) this.#write(id, text);
    this.#texts.set(id, text);
    return id;
  }

  /** The snapshot of an id, or null where it was never kept, or is kept no longer. */
  get(id: string): string | null {
    if (!/^[0-9a-f]{64}$/.test(id)) return null;
    const text = this.#texts.get(id) ?? this.#read(id);
    if (text !== null) this.#texts.set(id, text);
    return text;
  }

  #read(id: string): string | null {
    if (this.#folder === null) return null;
    const path = join(this.#folder, `${id}.json`);
    try {
      const text = readFileSync(path, "utf8");
      if (sha256(text) !== id) return null;
      const now = new Date();
      utimesSync(path, now, now);
      return text;
    } catch {
      return null;
    }
  }

  /** In one step, so that another process never reads half of it. */
  #write(id: string, text: string): void {
    if (this.#folder === null) return;
    const path = join(this.#folder, `${id}.json`);
    const half = `${path}.${randomUUID()}`;
    try {
      if (this.#written++ % COUNT_EVERY === 0) {
        mkdirSync(this.#folder, { recursive: true });
        this.#prune(this.#folder);
      }
      writeFileSync(half, text);
      renameSync(half, path);
    } catch {
      // What is half written counts as a file, and goes when it is old.
    }
  }

  #prune(folder: string): void {
    const names = readdirSync(folder);
    if (names.length <= this.#onDisk) return;
    const paths = names.map((name) => join(folder, name));
    const aged = paths.map((path) => ({ path, used: statSync(path).mtimeMs })).sort((a, b) => a.used - b.used);
    for (const { path } of aged.slice(0, names.length - this.#onDisk)) rmSync(path, { force: true });
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
