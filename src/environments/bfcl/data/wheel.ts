import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { Progress } from "../../native.ts";
import { type DataFiles, isKept } from "./files.ts";

export const BFCL_PACKAGE = "bfcl-eval";
export const BFCL_PACKAGE_VERSION = "2026.3.23";
export const WHEEL_SHA256 = "3bb6dfa5f0c68ad403c9ec50b00db2bb3b4cc9b38ab1ff33f48fe30d853d3a0a";

/** Ways to download a wheel without installing it. */
const DOWNLOADERS: readonly (readonly string[])[] = [["pip"], ["pip3"], ["python3", "-m", "pip"], ["uvx", "pip"]];

const WAYS = [
  `the BFCL data come with the Python package ${BFCL_PACKAGE} ${BFCL_PACKAGE_VERSION}. Three ways to get them:`,
  "  1. install pip or uv, and run `stepwell pull bfcl` again where a package index can be reached",
  `  2. elsewhere: pip download --no-deps ${BFCL_PACKAGE}==${BFCL_PACKAGE_VERSION}, and set STEPWELL_BFCL_WHEEL to the .whl file`,
  "  3. set STEPWELL_BFCL_DATA to the folder of an unpacked or installed package, which has bfcl_eval in it",
].join("\n");

/** The wheel's bytes, from STEPWELL_BFCL_WHEEL or from a package index. Rejects with an Error that says the ways. */
export async function getWheel(
  env: Readonly<Record<string, string | undefined>>,
  progress: Progress,
): Promise<Uint8Array> {
  const given = env.STEPWELL_BFCL_WHEEL;
  const bytes = given ? await readWheel(given) : await download(progress);
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

async function download(progress: Progress): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-bfcl-"));
  const failures: string[] = [];
  try {
    for (const [command = "", ...args] of DOWNLOADERS) {
      if (Bun.which(command) === null) continue;
      progress(`fetching ${BFCL_PACKAGE} ${BFCL_PACKAGE_VERSION} with ${[command, ...args].join(" ")}`);
      const what = ["download", "--no-deps", "--dest", folder, `${BFCL_PACKAGE}==${BFCL_PACKAGE_VERSION}`];
      const child = Bun.spawn([command, ...args, ...what], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
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

/** The data files of a folder that has bfcl_eval in it, or is it, for STEPWELL_BFCL_DATA. */
export async function readFolder(folder: string): Promise<DataFiles> {
  const root = existsSync(join(folder, "bfcl_eval")) ? folder : join(folder, "..");
  if (!existsSync(join(root, "bfcl_eval", "data"))) {
    throw new Error(`STEPWELL_BFCL_DATA is ${folder}, where there is no bfcl_eval/data`);
  }
  const paths = await readdir(join(root, "bfcl_eval"), { recursive: true });
  const kept = paths.map((path) => join("bfcl_eval", path)).filter(isKept);
  return new Map(await Promise.all(kept.map(async (path) => [path, await readFile(join(root, path))] as const)));
}
