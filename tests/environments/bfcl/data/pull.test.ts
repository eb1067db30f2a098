import { expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readCache, writeCache } from "../../../../src/environments/bfcl/data/cache.ts";
import { digestOf, LONG_CONTEXT } from "../../../../src/environments/bfcl/data/files.ts";
import { loadData } from "../../../../src/environments/bfcl/data/load.ts";
import { getWheel, readFolder } from "../../../../src/environments/bfcl/data/wheel.ts";
import { bfclFiles, pullBfcl } from "../../../../src/environments/bfcl/pull.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const silent = () => {};
const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: Error) => error.message,
  );

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = new Map([
  ["bfcl_eval/data/multi_turn_func_doc/math_api.json", bytes("{}")],
  [LONG_CONTEXT, bytes("A = 1")],
]);

/** A cache folder's only file. */
async function cacheFile(folder: string): Promise<string> {
  const [name = "", ...others] = await readdir(join(folder, "bfcl"));
  expect(others).toEqual([]);
  return join(folder, "bfcl", name);
}

/** An unpacked package, and beside its data what is no data. */
async function unpackInto(folder: string): Promise<void> {
  const extra = new Map([
    ["bfcl_eval/data/unused_datasets/question/a.json", bytes("{}")],
    ["bfcl_eval/data/README.md", bytes("text")],
  ]);
  for (const [path, content] of [...files, ...extra]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A program of the name on the PATH of `env`. */
async function program(folder: string, name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

test("without data and without a way to them one error says the three ways", () =>
  inFolder(async (folder) => {
    const message = await messageOf(bfclFiles({ STEPWELL_CACHE: folder, PATH: folder }, silent));
    expect(message).toContain("Three ways");
    for (const way of ["pip or uv", "STEPWELL_BFCL_WHEEL", "STEPWELL_BFCL_DATA"]) expect(message).toContain(way);
  }));

test("a downloader that fails is followed by the next one, and what is downloaded is checked", () =>
  inFolder(async (folder) => {
    const leaveFile = 'while [ "$1" != --dest ]; do shift; done; echo no > "$2/x.whl"';
    await program(folder, "pip", `${leaveFile}; echo 'no index here' >&2; exit 1`);
    const env = { PATH: folder };
    expect(await messageOf(getWheel(env, silent))).toContain("(pip: no index here)");
    await program(folder, "python3", `echo "$@" > '${folder}/args'; ${leaveFile}`);
    const lines: string[] = [];
    expect(await messageOf(getWheel(env, (line) => lines.push(line)))).toContain("another version or damaged");
    expect(lines.map((line) => line.replace(/.* with /, ""))).toEqual(["pip", "python3 -m pip"]);
    expect(await readFile(join(folder, "args"), "utf8")).toMatch(
      /^-m pip download --no-deps .*bfcl-eval==2026\.3\.23\n$/,
    );
  }));

test("what was fetched is in the cache for the next time, and a damaged or older cache is fetched again", () =>
  inFolder(async (folder) => {
    let fetched = 0;
    const ask = () =>
      bfclFiles({ STEPWELL_CACHE: folder }, silent, async () => {
        fetched++;
        return files;
      });
    expect((await ask()).sha256).toBe(digestOf(files));
    expect((await ask()).sha256).toBe(digestOf(files));
    expect(fetched).toBe(1);
    const path = await cacheFile(folder);
    const content = await readFile(path);
    await writeFile(path, content.subarray(0, content.length - 1));
    expect((await ask()).sha256).toBe(digestOf(files));
    expect(fetched).toBe(2);
    await rename(path, path.replace(/-v\d+/, "-v0"));
    expect((await ask()).sha256).toBe(digestOf(files));
    expect(fetched).toBe(3);
  }));

test("a cache that cannot be written is said and stops nothing", () =>
  inFolder(async (folder) => {
    const notAFolder = join(folder, "file");
    await writeFile(notAFolder, "");
    const lines: string[] = [];
    const { sha256 } = await bfclFiles(
      { STEPWELL_CACHE: notAFolder },
      (line) => lines.push(line),
      async () => files,
    );
    expect(sha256).toBe(digestOf(files));
    expect(lines.join()).toContain("cannot be kept");
  }));

test("processes that write the cache at once leave one whole cache", () =>
  inFolder(async (folder) => {
    const source = join(import.meta.dir, "../../../../src/environments/bfcl/data/cache.ts");
    const many = 40;
    const script = `import { writeCache } from ${JSON.stringify(source)};
      const files = new Map([["bfcl_eval/data/a.json", new Uint8Array(300_000).fill(7)]]);
      for (let i = 0; i < ${many}; i++) await writeCache(${JSON.stringify(folder)}, files);`;
    const children = [1, 2, 3].map(() => Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" }));
    await writeCache(folder, new Map([["bfcl_eval/data/a.json", new Uint8Array(300_000).fill(7)]]));
    let ended = false;
    const codes = Promise.all(children.map(({ exited }) => exited)).finally(() => {
      ended = true;
    });
    while (!ended) expect(await readCache(folder)).not.toBeNull();
    expect(await codes).toEqual([0, 0, 0]);
    expect((await readdir(folder)).length).toBe(1);
  }));

test("a folder of data is the one with bfcl_eval in it, bfcl_eval itself or its data, never a neighbour", () =>
  inFolder(async (folder) => {
    await unpackInto(folder);
    for (const given of [
      folder,
      join(folder, "bfcl_eval"),
      join(folder, "bfcl_eval", "data"),
      `${folder}/bfcl_eval/`,
    ]) {
      expect(digestOf(await readFolder(given))).toBe(digestOf(files));
    }
    expect(await messageOf(readFolder(join(folder, "bfcl_evil")))).toContain("STEPWELL_BFCL_DATA is");
    await mkdir(join(folder, "other"));
    expect(await messageOf(readFolder(join(folder, "other")))).toContain("STEPWELL_BFCL_DATA is");
  }));

test("a pull with a folder of data fetches nothing", () =>
  inFolder(async (folder) => {
    await unpackInto(folder);
    expect(await pullBfcl({ STEPWELL_BFCL_DATA: folder, PATH: "" }, silent)).toBe(folder);
  }));

test("data that lack a file are refused when they are loaded, with the file's name", () => {
  const options = { files, sha256: digestOf(files), sub_type: "multi_turn", promptChars: () => 0 };
  expect(() => loadData(options)).toThrow("possible_answer/BFCL_v4_multi_turn_base.json");
});
