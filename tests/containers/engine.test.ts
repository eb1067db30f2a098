import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Containers } from "../../src/containers/containers.ts";
import { Engine } from "../../src/containers/engine.ts";
import { EngineError } from "../../src/containers/engine-error.ts";

test("no engine is a state that says where it was looked for and what to do", async () => {
  const state = await new Engine("unix:///nowhere/docker.sock").state();
  if (state.kind !== "absent") throw new Error("an engine answers at a socket that is not there");
  expect(state.message).toContain("no Docker engine answers at unix:///nowhere/docker.sock");
  expect(state.message).toContain("set DOCKER_HOST");
});

test("without an engine a call is an error of that kind, and none of a program's own", async () => {
  const containers = new Containers(new Engine("unix:///nowhere/docker.sock"), "n0");
  const error = await containers.reap().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  expect((error as EngineError).kind).toBe("absent");
});

test("an engine that takes the call and says nothing is given up at its deadline", async () => {
  const dir = mkdtempSync(join(tmpdir(), "stepwell-silent-"));
  const path = join(dir, "docker.sock");
  const silent = createServer(() => {}).listen(path);
  try {
    const engine = new Engine(`unix://${path}`);
    const call = engine.call("ask", (docker) => docker.version(), 50);
    await expect(call).rejects.toThrow("could not ask: the Docker engine gave no answer in 0.05 s");
  } finally {
    silent.close();
    rmSync(dir, { recursive: true });
  }
});

test("an address over TCP is no engine of this machine, so that no folder can be mounted", () => {
  expect(new Engine("tcp://10.0.0.1:2375").local).toBe(false);
  expect(new Engine("unix:///var/run/docker.sock").local).toBe(true);
});
