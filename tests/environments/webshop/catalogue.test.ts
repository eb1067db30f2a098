import { afterAll, expect, test } from "bun:test";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapArrays } from "../../../src/environments/webshop/catalogue/array-file.ts";
import { buildAsinTable, findAsin } from "../../../src/environments/webshop/catalogue/asin-table.ts";
import { buildFrom, findCatalogue, isLarge } from "../../../src/environments/webshop/catalogue/find-catalogue.ts";
import { openCatalogue } from "../../../src/environments/webshop/catalogue/kept-catalogue.ts";
import type { ProductStore } from "../../../src/environments/webshop/catalogue/store.ts";
import { webshopEnvironment } from "../../../src/environments/webshop/environment.ts";
import { writeGenerated } from "../../../src/environments/webshop/own-shop/write-files.ts";
import { catalogue as own } from "./own-shop.ts";

const home = await mkdtemp(join(tmpdir(), "stepwell-test-"));
afterAll(() => rm(home, { recursive: true, force: true }));

const files = join(home, "files");
const built = join(home, "built");
await writeGenerated(files, { products: 300, seed: 7 });
/** No Python is found, and nothing of the machine's cache. */
const bare = { STEPWELL_CACHE: join(home, "cache"), STEPWELL_PYTHON: "no-such-python" };
const quiet = () => {};
await buildFrom(files, built, bare, quiet);

test("a built catalogue is the same in memory and on disk", async () => {
  const memory = await openCatalogue(built);
  const disk = await openCatalogue(built, 0);
  expect(disk.shop.store.constructor.name).toBe("DiskStore");
  const [a, b] = [memory.shop.store, disk.shop.store];
  expect([a.count, b.count]).toEqual([300, 300]);
  for (let number = 0; number < 300; number++) {
    expect(b.product(number)).toEqual(a.product(number));
    expect(b.nouns(number)).toEqual(a.nouns(number));
    expect(b.find(a.product(number).asin)).toBe(number);
  }
  expect(b.find("B000000000")).toBeUndefined();
  const columns = ({ columns }: ProductStore) => Object.entries(columns).map(([name, values]) => [name, ...values]);
  expect(columns(b)).toEqual(columns(a));
  for (const category of ["pantry", "office", "none"]) {
    expect(b.withCategory(category)).toEqual(a.withCategory(category));
  }
  expect(b.withQuery("desk lamps")).toEqual(a.withQuery("desk lamps"));
  expect(a.withQuery("desk lamps").length).toBeGreaterThan(0);
  expect(() => b.product(300)).toThrow("no product 300");
});

test("the same files are the same catalogue, wherever they are built", async () => {
  const again = join(home, "again");
  await buildFrom(files, again, bare, quiet);
  const [one, two] = [await openCatalogue(built), await openCatalogue(again)];
  expect([two.sha256, two.streamSeed]).toEqual([one.sha256, one.streamSeed]);
  expect(one.sha256).not.toBe(own.sha256);
});

test("a folder of the original's files is built once, and a built one is taken as it is", async () => {
  const lines: string[] = [];
  const env = { ...bare, STEPWELL_WEBSHOP_DATA: files };
  const first = await findCatalogue(env, (line) => lines.push(line));
  expect(lines.length).toBeGreaterThan(0);
  lines.length = 0;
  expect((await findCatalogue(env, (line) => lines.push(line))).sha256).toBe(first.sha256);
  expect((await findCatalogue({ STEPWELL_WEBSHOP_DATA: built }, (line) => lines.push(line))).sha256).toBe(first.sha256);
  expect(lines).toEqual([]);
});

test("without data the generated catalogue is served", async () => {
  expect((await findCatalogue(bare, quiet)).sha256).toBe(own.sha256);
});

test("a catalogue without nouns, and no Python for them, says what to do", async () => {
  const folder = join(home, "without");
  await cp(files, folder, { recursive: true });
  await rm(join(folder, "items_nouns.json"));
  await expect(buildFrom(folder, join(home, "none"), bare, quiet)).rejects.toThrow("STEPWELL_PYTHON");
  expect(await Bun.file(join(home, "none", "catalogue.json")).exists()).toBe(false);
});

test("a folder that lacks something, or is not there, is named", async () => {
  const empty = join(home, "empty");
  await Bun.write(join(empty, "items_shuffle.json"), "[]");
  await expect(findCatalogue({ ...bare, STEPWELL_WEBSHOP_DATA: empty }, quiet)).rejects.toThrow("lacks items_ins_v2");
  await expect(findCatalogue({ STEPWELL_WEBSHOP_DATA: join(home, "x") }, quiet)).rejects.toThrow("there is no folder");
});

test("files that are cut short or of another kind are refused", async () => {
  const broken = join(home, "broken");
  await cp(built, broken, { recursive: true });
  await truncate(join(broken, "index.bin"), 2000);
  await expect(openCatalogue(broken)).rejects.toThrow("cut short");
  expect(() => mapArrays(join(built, "catalogue.json"), "something")).toThrow("build the catalogue again");
});

test("a catalogue is large by its files, whether they are built or not, and none is not", () => {
  const large = join(home, "large");
  mkdirSync(large);
  writeFileSync(join(large, "items_shuffle.json"), "[]");
  truncateSync(join(large, "items_shuffle.json"), 9 * 2 ** 20);
  const isLargeAt = (folder: string) => isLarge({ STEPWELL_WEBSHOP_DATA: folder });
  expect([large, built, files, join(home, "x"), join(built, "catalogue.json")].map(isLargeAt)).toEqual([
    ...[true, false, false, false, false],
  ]);
  expect(isLarge(bare)).toBe(false);
});

test("an asin is found among many by its hash", () => {
  const asins = Array.from({ length: 5000 }, (_, at) => `B${at}`);
  const table = buildAsinTable(asins, asins.length);
  for (const [number, asin] of asins.entries()) expect(findAsin(table, asin, (at) => asins[at] ?? "")).toBe(number);
  expect(findAsin(table, "B5000", (at) => asins[at] ?? "")).toBeUndefined();
});

test("every goal of a generated catalogue of any seed can be created", async () => {
  const environment = webshopEnvironment(await openCatalogue(built));
  const rows = environment.tasks({ split: "all", filter: { protocol: "verl-agent" } });
  expect(rows.length).toBeGreaterThan(300);
  for (const { task_id } of rows.slice(0, 300)) {
    environment.create({ task_id, params: {}, seed: null, started_at: 0 });
  }
});
