import type { Progress } from "./native.ts";

/** A worker program as it is started on this machine. */
export interface WorkerProgram {
  readonly command: readonly string[];
  /** Variables beside those of the server. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Something that keeps a model's code in, and whether it holds for workers as they are started here. */
export interface Protection {
  readonly against: string;
  readonly holds: boolean;
  /** By what, or what is missing. */
  readonly by: string;
}

/** An environment whose engine is a program in another language: a worker that speaks the protocol. */
export interface ExternalEnvironment {
  /** The worker program. Rejects with an Error that says how to get it. */
  program(): WorkerProgram | Promise<WorkerProgram>;
  /** Folder under images/ of the image in which the program runs in a container; absent where there is none. */
  readonly image?: string;
  /** Fetches or makes what the program needs and says where it is. */
  pull?(progress: Progress, from: string | null): Promise<string>;
  /** What keeps a model's code in when the worker is a process of this machine, for the table that `serve` prints. */
  protections?(): Promise<readonly Protection[]>;
  /** Bytes that one worker takes before it holds an instance, about. */
  readonly worker_bytes: number;
}

/** An environment that is given as a command: `stepwell serve --worker 'mine=python -m my_worker'`. */
export function commandEnvironment(command: readonly string[]): ExternalEnvironment {
  return { program: () => ({ command }), worker_bytes: 256 * 1024 * 1024 };
}

/**
 * The words of a command line, as a shell would split it: blanks separate, quotes and backslashes keep together. Throws an
 * Error on an open quote; nothing is expanded.
 */
export function splitCommand(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === "\\" && quote !== "'" && at + 1 < line.length) word = (word ?? "") + line.charAt(++at);
    else if (quote !== null) {
      if (char === quote) quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? "") + char;
  }
  if (quote !== null) throw new Error(`a quote is open in the command: ${line}`);
  return word === null ? words : [...words, word];
}
