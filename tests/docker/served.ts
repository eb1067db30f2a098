import { resolve } from "node:path";
import { type Client, connect } from "../../src/client/index.ts";

/** A server in a process of its own, with its workers in containers: one that can be killed. */
export class Served {
  /** `ws://HOST:PORT/v1`. */
  readonly address: string;
  readonly client: Client;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #out: Lines;
  readonly #log: Lines;

  private constructor(
    address: string,
    client: Client,
    child: Bun.Subprocess<"ignore", "pipe", "pipe">,
    out: Lines,
    log: Lines,
  ) {
    this.address = address;
    this.client = client;
    this.#child = child;
    this.#out = out;
    this.#log = log;
  }

  /** Starts one and waits until its environments are loaded. `env` adds to the variables of this process. */
  static async start(args: readonly string[], env: Record<string, string>): Promise<Served> {
    const main = resolve(import.meta.dir, "../../src/cli/main.ts");
    const child = Bun.spawn([process.execPath, main, "serve", "--port", "0", ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, ...env },
    });
    const [out, log] = [new Lines(child.stdout), new Lines(child.stderr)];
    const [, address = ""] = await out.until(/serves (\S+)/);
    await log.until(/"message":"ready"/);
    return new Served(address, await connect(address), child, out, log);
  }

  /** What it logged so far. */
  get log(): string {
    return this.#log.text;
  }

  /** What it printed for people so far. */
  get printed(): string {
    return this.#out.text;
  }

  /** Ends it as a crash of the machine's would: nothing of it runs any more. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    await this.client[Symbol.asyncDispose]();
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }
}

/** Lines of a stream as they come. */
class Lines {
  readonly #seen: string[] = [];
  #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    void this.#read(stream);
  }

  get text(): string {
    return this.#seen.join("\n");
  }

  /** The match of the first line that has one. Rejects when the stream ends without. */
  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    for (let at = 0; ; at++) {
      while (at >= this.#seen.length) {
        if (this.#isOver) throw new Error(`no line like ${pattern} in:\n${this.#seen.join("\n")}`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      const match = this.#seen[at]?.match(pattern);
      if (match) return match;
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      this.#seen.push(...lines);
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
