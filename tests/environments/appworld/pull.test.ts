import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appworld } from "../../../src/environments/appworld/external.ts";
import { pullAppworld } from "../../../src/environments/appworld/pull.ts";

test("without a Python that fits, pull says which one is needed and how to name it", async () => {
  const missing = pullAppworld({ PATH: "/nonexistent" }, () => {}, { from: null, mini: true });
  await expect(missing).rejects.toThrow(/Python 3.11 or later.*python3.11, python3.12.*STEPWELL_APPWORLD_PYTHON/);
  const named = { PATH: process.env.PATH, STEPWELL_APPWORLD_PYTHON: "false" };
  await expect(pullAppworld(named, () => {}, { from: null, mini: true })).rejects.toThrow(/looked for false/);
});

test("before a pull the program says that it is to be run", async () => {
  const cache = await mkdtemp(join(tmpdir(), "stepwell-"));
  const { STEPWELL_CACHE } = process.env;
  process.env.STEPWELL_CACHE = cache;
  try {
    expect(() => appworld.program()).toThrow(/stepwell pull appworld/);
  } finally {
    process.env.STEPWELL_CACHE = STEPWELL_CACHE;
    await rm(cache, { recursive: true });
  }
});
