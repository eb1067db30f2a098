import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SnapshotStore } from "../../../../src/environments/bfcl/memory/snapshot-store.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stepwell-snapshots-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a snapshot is found by another process through the folder, and by its content's digest alone", () => {
  const id = new SnapshotStore({ folder }).put('{"memory": "a"}');
  expect(new SnapshotStore({ folder }).get(id)).toBe('{"memory": "a"}');
  expect(new SnapshotStore({ folder: null }).get(id)).toBeNull();
  expect(readdirSync(folder)).toEqual([`${id}.json`]);
});

test("a file whose content is not its name's is no snapshot, and neither is a path", () => {
  const id = new SnapshotStore({ folder }).put("a");
  writeFileSync(join(folder, `${id}.json`), "b");
  expect(new SnapshotStore({ folder }).get(id)).toBeNull();
  expect(new SnapshotStore({ folder }).get(`../${id}`)).toBeNull();
});

test("what was not used for longest goes first, in memory and on disk", () => {
  const store = new SnapshotStore({ folder: null, inMemory: 2 });
  const [a = "", b = "", c = ""] = ["a", "b"].map((text) => store.put(text));
  store.get(a);
  store.put("c");
  expect([store.get(a), store.get(b), c]).toEqual(["a", null, ""]);

  const old = new SnapshotStore({ folder }).put("old");
  utimesSync(join(folder, `${old}.json`), 1, 1);
  const young = new SnapshotStore({ folder }).put("young");
  new SnapshotStore({ folder, onDisk: 1 }).put("new");
  expect(new SnapshotStore({ folder }).get(old)).toBeNull();
  expect(new SnapshotStore({ folder }).get(young)).toBe("young");
});

test("a folder that cannot be made is done without", () => {
  writeFileSync(join(folder, "file"), "");
  const store = new SnapshotStore({ folder: join(folder, "file", "below") });
  expect(store.get(store.put("a"))).toBe("a");
});
