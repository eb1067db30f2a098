import { OfficialPrompts } from "../formats/official-prompts.ts";
import { type DataFiles, PROMPTS, REMEDY } from "./files.ts";

/** A task that was found but not read: reading it costs more than an instance of it. */
export interface Entry {
  readonly id: string;
  readonly category: string;
  readonly source_index: number;
  readonly line: string;
}

/** The files as text, cut into lines where they have one JSON object a line. What was read is kept. */
export class Source {
  readonly #files: DataFiles;
  readonly #byId = new Map<string, ReadonlyMap<string, string>>();
  #prompts: OfficialPrompts | null = null;

  constructor(files: DataFiles) {
    this.#files = files;
  }

  /** Throws an Error that says how to get the file. */
  text(path: string): string {
    const bytes = this.#files.get(path);
    if (!bytes) throw new Error(`the BFCL data lack ${path}: ${REMEDY}`);
    return new TextDecoder().decode(bytes);
  }

  lines(path: string): string[] {
    return this.text(path)
      .split("\n")
      .filter((line) => line.trim() !== "");
  }

  /** The official module of prompts, read at its first use. */
  get prompts(): OfficialPrompts {
    this.#prompts ??= new OfficialPrompts(this.text(PROMPTS));
    return this.#prompts;
  }

  /** The lines of a file by the `id` that each has. */
  byId(path: string): ReadonlyMap<string, string> {
    const known = this.#byId.get(path);
    if (known) return known;
    const read = new Map(this.lines(path).map((line) => [idOf(line), line]));
    this.#byId.set(path, read);
    return read;
  }

  /** The line of a file with an id. Throws an Error when there is none. */
  line(path: string, id: string): string {
    const line = this.byId(path).get(id);
    if (line === undefined) throw new Error(`the BFCL data lack ${id} in ${path}: ${REMEDY}`);
    return line;
  }
}

function idOf(line: string): string {
  return /"id"\s*:\s*"([^"]+)"/.exec(line)?.[1] ?? "";
}

/**
 * The number of the source that a task was made from. `multi_turn_base_7`: 7, which the four multi-turn categories share.
 * `live_simple_19-3-15`: 3, the function that several questions ask for. `memory_kv_4-customer-4`: 4.
 */
export function sourceIndexOf(id: string): number {
  const [first = "", second = ""] = id.slice(id.lastIndexOf("_") + 1).split("-");
  return Number(/^\d+$/.test(second) ? second : first);
}
