import { expect, test } from "bun:test";
import { readLabels, writeLabels } from "../../src/containers/labels.ts";
import { ownerState, thisProcess } from "../../src/containers/owner.ts";

const here = thisProcess();

test("this process is alive", () => {
  expect(ownerState(here)).toBe("alive");
});

test("an owner whose process id another process has got since is dead", () => {
  expect(ownerState({ ...here, started: "1" })).toBe("dead");
});

test("an owner of an earlier boot is dead, whatever runs under its process id", () => {
  expect(ownerState({ ...here, boot: "another" })).toBe("dead");
});

test("an owner that ended is dead", async () => {
  const child = Bun.spawn(["sleep", "60"]);
  const stat = await Bun.file(`/proc/${child.pid}/stat`).text();
  const owner = { ...here, pid: child.pid, started: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "" };
  expect(ownerState(owner)).toBe("alive");
  child.kill("SIGKILL");
  await child.exited;
  expect(ownerState(owner)).toBe("dead");
});

test("nothing can be said of an owner that counts its process ids elsewhere", () => {
  expect(ownerState({ ...here, pid_space: "pid:[1]" })).toBe("unknown");
});

test("labels are read as they were written; those of others are none of ours", () => {
  const labels = { server: "s", node: "n0", worker_id: "n0-guess-1", env_type: "guess", owner: here };
  expect(readLabels(writeLabels(labels))).toEqual(labels);
  expect(readLabels({})).toBeNull();
  expect(readLabels({ "com.example.app": "x" })).toBeNull();
  expect(readLabels({ "stepwell.worker": "n0-guess-1" })).toBeNull();
  expect(readLabels({ ...writeLabels(labels), "stepwell.owner.pid": "0" })).toBeNull();
  expect(readLabels({ ...writeLabels(labels), "stepwell.owner.pid": "; rm" })).toBeNull();
});
