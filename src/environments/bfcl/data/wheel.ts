import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { unzipSync } from "fflate";
import type { Progress } from "../../native.ts";
import { type DataFiles, isKept, SOURCES } from "./files.ts";
import { type Env, getPinnedWheel, type PinnedWheel } from "./pinned-wheel.ts";

export const BFCL_PACKAGE = "bfcl-eval";
export const BFCL_PACKAGE_VERSION = "2026.3.23";
export const WHEEL_SHA256 = "3bb6dfa5f0c68ad403c9ec50b00db2bb3b4cc9b38ab1ff33f48fe30d853d3a0a";

/** The package that the data come in. */
const BFCL_WHEEL: PinnedWheel = {
  name: BFCL_PACKAGE,
  version: BFCL_PACKAGE_VERSION,
  sha256: WHEEL_SHA256,
  variable: "STEPWELL_BFCL_WHEEL",
  ways: [
    `the BFCL data come with the Python package ${BFCL_PACKAGE} ${BFCL_PACKAGE_VERSION}. Three ways to get them:`,
    "  1. install pip or uv, and run `stepwell pull bfcl` again where a package index can be reached",
    `  2. elsewhere: pip download --no-deps ${BFCL_PACKAGE}==${BFCL_PACKAGE_VERSION}, and set STEPWELL_BFCL_WHEEL to the .whl file`,
    "  3. set STEPWELL_BFCL_DATA to the folder of an unpacked or installed package, which has bfcl_eval in it",
  ].join("\n"),
};

/** The wheel's bytes, from STEPWELL_BFCL_WHEEL or from a package index. Rejects with an Error that says the ways. */
export function getWheel(env: Env, progress: Progress): Promise<Uint8Array> {
  return getPinnedWheel(BFCL_WHEEL, env, progress);
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
