import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { guess } from "../../src/environments/guess/environment.ts";
import { decodeMessage, encodeMessage } from "../../src/protocol/codec.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Deadlines } from "../../src/util/deadlines.ts";
import { type Endpoint, openEndpoint } from "../../src/workers/endpoint.ts";
import { noteWorker, reapEndpoints } from "../../src/workers/endpoint-folders.ts";
import { EnvironmentHost } from "../../src/workers/environment-host.ts";
import { serveWorker } from "../../src/workers/host.ts";
import { startOf } from "../../src/workers/process-identity.ts";
import { REMOTE_LIMITS } from "../../src/workers/remote-channel.ts";

let runtime: string;
let endpoint: Endpoint;

beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), "sw-"));
  process.env.STEPWELL_RUNTIME_DIR = runtime;
  endpoint = openEndpoint({
    worker_id: "w1",
    server: "stepwell test",
    deadlines: new Deadlines(systemClock),
    limits: REMOTE_LIMITS,
    log: { info: () => {}, error: () => {} },
  });
});

afterEach(() => {
  endpoint.close();
  rmSync(runtime, { recursive: true, force: true });
});

const dial = (token: string | undefined) =>
  serveWorker({ url: endpoint.url, token, host: new EnvironmentHost("w1", guess), capacity: 3 });

/** A socket without the worker program: what it is sent, and how it is closed. */
function talk(message: unknown): Promise<{ code: number; said: unknown[] }> {
  const socket = new WebSocket(endpoint.url.replace("ws+unix:", "ws+unix://"));
  socket.binaryType = "arraybuffer";
  const said: unknown[] = [];
  socket.onopen = () => socket.send(encodeMessage(message as never, "msgpack"));
  socket.onmessage = ({ data }) => said.push(decodeMessage(new Uint8Array(data as ArrayBuffer), WIRE_LIMITS));
  return new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve({ code, said });
  });
}

test("a worker that shows the token is taken in, and its socket is its own alone", async () => {
  const ended = dial(endpoint.token);
  const { channel, hello } = await endpoint.arrived;
  expect([channel.worker_id, hello.capacity, hello.env_types]).toEqual(["w1", 3, ["guess"]]);
  expect(statSync(endpoint.dir).mode & 0o777).toBe(0o700);
  expect(statSync(dirname(endpoint.dir)).mode & 0o777).toBe(0o700);
  channel.lose("enough");
  expect(await ended).toBe("enough");
  expect(await channel.gone).toBe("enough");
});

test("a wrong token, and one that registered before, are refused", async () => {
  await expect(dial(undefined)).rejects.toThrow("not the one of this endpoint");
  await expect(dial("x".repeat(endpoint.token.length))).rejects.toThrow("not the one of this endpoint");
  const ended = dial(endpoint.token);
  const { channel } = await endpoint.arrived;
  await expect(dial(endpoint.token)).rejects.toThrow("registered with this token already");
  channel.lose("enough");
  await ended;
});

test("a worker of another version is told so", async () => {
  const hello = { id: 1, op: "hello", role: "worker", version: 2, env_types: ["guess"], capacity: 1 };
  const { code, said } = await talk({ ...hello, token: endpoint.token });
  expect(code).toBe(4405);
  expect(said).toMatchObject([{ re: 1, err: { code: "unsupported_version" } }]);
});

test("the endpoint takes workers only, at one path", async () => {
  expect((await talk({ id: 1, op: "hello", version: 1 })).code).toBe(4400);
  expect((await talk({ id: 1, op: "create", env_type: "guess" })).code).toBe(4400);
  const unix = join(endpoint.dir, endpoint.socket);
  expect((await fetch("http://localhost/v1", { unix })).status).toBe(404);
  expect((await fetch("http://localhost/v1/worker", { unix })).status).toBe(426);
});

test("a worker that sends what is no reply is lost", async () => {
  const hello = { id: 1, op: "hello", role: "worker", version: 1, env_types: ["guess"], capacity: 1 };
  const socket = new WebSocket(endpoint.url.replace("ws+unix:", "ws+unix://"));
  socket.onopen = () => {
    socket.send(encodeMessage({ ...hello, token: endpoint.token }, "msgpack"));
  };
  const { channel } = await endpoint.arrived;
  const asked = channel.ask("ping", {}, 10_000, (ok) => ok);
  socket.send(encodeMessage({ id: 1, op: "step" }, "msgpack"));
  const outcome = await asked;
  expect(outcome.kind === "failure" && outcome.failure.kind).toBe("worker_lost");
  expect(await channel.gone).toContain("no reply");
});

test("a closed endpoint leaves no folder", () => {
  expect(existsSync(endpoint.dir)).toBe(true);
  endpoint.close();
  expect(existsSync(endpoint.dir)).toBe(false);
});

test("folders and workers of a server that was killed are reaped; those of a living one stay", async () => {
  const left = Bun.spawn(["sleep", "600"], { detached: true });
  const folder = join(dirname(endpoint.dir), `${left.pid}.1.abcdef`);
  mkdirSync(folder);
  noteWorker(folder, left.pid);
  expect(reapEndpoints()).toEqual({ folders: 1, workers: 1 });
  await left.exited;
  expect([existsSync(folder), existsSync(endpoint.dir)]).toEqual([false, true]);
  expect(startOf(left.pid)).toBeNull();
  expect(reapEndpoints()).toEqual({ folders: 0, workers: 0 });
});

test("where nothing was started there is nothing to reap, and no folder is made for it", () => {
  process.env.STEPWELL_RUNTIME_DIR = join(runtime, "read-only");
  expect(reapEndpoints()).toEqual({ folders: 0, workers: 0 });
  expect(existsSync(join(runtime, "read-only"))).toBe(false);
});
