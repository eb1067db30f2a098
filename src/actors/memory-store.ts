import type { EpisodeEntry, EpisodeHeader, EpisodeStore } from "./ports.ts";

/** Episode logs in memory: enough to rebuild an instance after its worker was lost, not after the server was. */
export class MemoryStore implements EpisodeStore {
  readonly #logs = new Map<string, { header: EpisodeHeader; entries: EpisodeEntry[] }>();

  get size(): number {
    return this.#logs.size;
  }

  open(header: EpisodeHeader): void {
    this.#logs.set(header.instance_id, { header, entries: [] });
  }

  append(instance_id: string, entry: EpisodeEntry): void {
    this.#logs.get(instance_id)?.entries.push(entry);
  }

  read(instance_id: string): { header: EpisodeHeader; entries: readonly EpisodeEntry[] } | undefined {
    return this.#logs.get(instance_id);
  }

  close(instance_id: string): void {
    this.#logs.delete(instance_id);
  }
}
