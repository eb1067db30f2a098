import type { Progress } from "./native.ts";
import type { WorkerInputs } from "./worker-inputs.ts";

/** A worker program as it is started on this machine. */
export interface WorkerProgram {
  readonly command: readonly string[];
  /** Variables beside those of the server. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A worker program as it runs in a container of an image of ours, without a network. */
export interface ContainerProgram {
  /** Folder under images/. */
  readonly image: string;
  /** Arguments of the image's program; its own when absent. */
  readonly command?: readonly string[];
  /** Whether it is better as root in its container, for example to give each of its children a uid of its own; it works without. */
  readonly is_root?: boolean;
  /** The capabilities that it needs as root: none when absent. Its children keep none. */
  readonly capabilities?: readonly string[];
  /** Bytes of memory of all of it. */
  readonly memory_bytes?: number;
  /** Processes and threads of all of it. */
  readonly processes?: number;
  /** Folders in memory that it may write: path to bytes. */
  readonly writable?: Readonly<Record<string, number>>;
  /** What it gets of this machine; asked for at each launch. */
  inputs?(progress: Progress): WorkerInputs | Promise<WorkerInputs>;
}

/** An environment whose engine is a program in another language: a worker that speaks the protocol. */
export interface ExternalEnvironment {
  /** The worker program. Rejects with an Error that says how to get it. */
  program(): WorkerProgram | Promise<WorkerProgram>;
  /** How the program runs in a container; absent where it has no image. */
  readonly container?: ContainerProgram;
  /**
   * Fetches or makes what the program needs and says where it is: from a folder (`from`), or a small set made here
   * (`mini`), or from where its authors publish it.
   */
  pull?(progress: Progress, options: { from: string | null; mini: boolean }): Promise<string>;
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
