import { afterAll, beforeAll, expect, test } from "bun:test";
import { decodeMessage, encodeMessage } from "../../src/protocol/codec.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { createStepwell, type Stepwell, startStepwell } from "../../src/stepwell.ts";
import { RawSocket } from "./raw-socket.ts";

let well: Stepwell;
let url: string;
let http: string;

beforeAll(async () => {
  well = await createStepwell({ environments: ["guess"], port: 0 });
  url = well.listen();
  http = url.replace("ws:", "http:").replace("/v1", "");
});

afterAll(() => well.stop());

interface Talk {
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** The next message of the server, decoded. */
  next(): Promise<Record<string, unknown>>;
  closed: Promise<{ code: number; reason: string }>;
  close(): void;
}

/** A socket without the client: bytes in, bytes out. */
async function talk(headers: Record<string, string> = {}): Promise<Talk> {
  const socket = new WebSocket(url, { headers } as never);
  socket.binaryType = "arraybuffer";
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const messages: Record<string, unknown>[] = [];
  const readers: ((message: Record<string, unknown>) => void)[] = [];
  socket.onclose = ({ code, reason }) => closed.resolve({ code, reason });
  socket.onmessage = ({ data }) => {
    const bytes = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer);
    const message = decodeMessage(bytes, WIRE_LIMITS) as Record<string, unknown>;
    const reader = readers.shift();
    if (reader) reader(message);
    else messages.push(message);
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return {
    send: (message) => socket.send(message),
    next: () => {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => readers.push(resolve));
    },
    closed: closed.promise,
    close: () => socket.close(),
  };
}

const hello = JSON.stringify({ id: 1, op: "hello", version: 1 });

async function greeted(): Promise<Talk> {
  const one = await talk();
  one.send(hello);
  await one.next();
  return one;
}

test("/healthz answers at once and /readyz when the environments are loaded", async () => {
  const gate = Promise.withResolvers<never>();
  const stepwell = startStepwell({ environments: ["slow"], port: 0 }, { environments: { slow: () => gate.promise } });
  const address = stepwell.listen().replace("ws:", "http:").replace("/v1", "");
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  const readiness = await fetch(`${address}/readyz`);
  expect([readiness.status, await readiness.json()]).toEqual([
    503,
    { ready: false, loading: ["slow"], unavailable: {} },
  ]);
  gate.reject(new Error("no data: get them in three ways"));
  const later = await (async () => {
    await stepwell.settled;
    return (await fetch(`${address}/readyz`)).json();
  })();
  expect(later).toEqual({ ready: true, loading: [], unavailable: { slow: "no data: get them in three ways" } });
  await stepwell.stop();
});

test("a path that is not ours is 404, and /v1 without an upgrade says what it is", async () => {
  expect((await fetch(`${http}/nothing`)).status).toBe(404);
  expect((await fetch(`${http}/v1`)).status).toBe(426);
});

test("a page of another site is refused, our own is not", async () => {
  const upgrade = { connection: "upgrade", upgrade: "websocket" };
  const refused = await fetch(`${http}/v1`, { headers: { ...upgrade, origin: "http://evil.example" } });
  expect(refused.status).toBe(403);
  const own = await talk({ origin: http });
  own.close();
});

test("another subprotocol than ours is refused, ours among others and none are taken", async () => {
  const upgrade = { connection: "upgrade", upgrade: "websocket" };
  const offer = (names: string) => fetch(`${http}/v1`, { headers: { ...upgrade, "sec-websocket-protocol": names } });
  const refused = await offer("stepwell.v2, other");
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: "unsupported_version" });
  const socket = new WebSocket(url, ["other", "stepwell.v1"]);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  expect(socket.protocol).toBe("stepwell.v1");
  socket.close();
});

test("a server that stops closes its sockets with shutting_down", async () => {
  const other = await createStepwell({ environments: ["guess"], port: 0 });
  const { raw } = await RawSocket.greeted(other.listen());
  await other.stop();
  expect(await raw.closed).toEqual({ code: 4503, reason: "shutting_down" });
});

test("welcome says the session, the limits and what is served", async () => {
  const one = await talk();
  one.send(hello);
  const { re, ok } = (await one.next()) as { re: number; ok: Record<string, unknown> };
  expect(re).toBe(1);
  expect(Object.keys(ok).sort()).toEqual([
    "endpoints",
    "environments",
    "limits",
    "resumed",
    "server",
    "session",
    "version",
  ]);
  expect(ok.resumed).toBe(false);
  one.close();
});

test("the first request has to be hello, of a version that is spoken", async () => {
  const early = await talk();
  early.send(JSON.stringify({ id: 1, op: "tasks", env_type: "guess" }));
  expect((await early.closed).code).toBe(4400);
  const old = await talk();
  old.send(JSON.stringify({ id: 1, op: "hello", version: 9 }));
  expect(await old.closed).toEqual({ code: 4405, reason: "unsupported_version" });
});

test("a large message before hello, and a too large one after it, close with too_large", async () => {
  const early = await talk();
  early.send("x".repeat(WIRE_LIMITS.hello_bytes + 1));
  expect(await early.closed).toEqual({ code: 4413, reason: "too_large" });
  const late = await greeted();
  late.send(new Uint8Array(20 * 1024 * 1024));
  expect(await late.closed).toEqual({ code: 4413, reason: "too_large" });
});

test("16 MiB of empty arrays, a deep nest, and extension types close with their codes; the server goes on", async () => {
  const arrays = new Uint8Array(16 * 1024 * 1024).fill(0x90);
  arrays.set([0xdd, 0x00, 0xff, 0xff, 0xfb]);
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [arrays, "too_deep"],
    [new Uint8Array(10_000).fill(0x91), "too_deep"],
    [new Uint8Array([0xd4, 0x72, 0x40]), "bad_frame"],
    [new Uint8Array([0xc7, 0x03, 0x78, 0x92, 0xa1, 0x61]), "bad_frame"],
    [new Uint8Array([0x92, 0x01]), "bad_frame"],
  ];
  for (const [bytes, reason] of cases) {
    const one = await greeted();
    one.send(bytes);
    expect((await one.closed).reason).toBe(reason);
  }
  const after = await greeted();
  after.send(JSON.stringify({ id: 2, op: "ping" }));
  expect(await after.next()).toEqual({ re: 2, ok: {} });
  after.close();
});

test("a resume of a session that is not known is session_lost, and hello may be said again", async () => {
  const one = await talk();
  one.send(JSON.stringify({ id: 1, op: "hello", resume: { session: "nope" } }));
  expect(await one.next()).toMatchObject({ re: 1, err: { code: "session_lost" } });
  one.send(hello);
  expect(await one.next()).toMatchObject({ re: 1, ok: { resumed: false } });
  one.close();
});

test("a second socket that resumes supersedes the first and gets what it has no reply to", async () => {
  const first = await talk();
  first.send(hello);
  const { ok } = (await first.next()) as { ok: { session: string } };
  first.send(JSON.stringify({ id: 2, op: "create", env_type: "guess", task_id: "guess_42", instance_id: "resumed-1" }));
  const created = await first.next();
  const second = await talk();
  second.send(JSON.stringify({ id: 1, op: "hello", resume: { session: ok.session } }));
  expect(await second.next()).toMatchObject({ ok: { resumed: true } });
  expect((await first.closed).code).toBe(4409);
  second.send(
    JSON.stringify({ id: 2, op: "create", env_type: "guess", task_id: "guess_42", instance_id: "resumed-1" }),
  );
  expect(await second.next()).toEqual(created);
  second.close();
});

test("rewards are floats on the wire, also whole ones, in both encodings", async () => {
  const one = await talk();
  one.send(encodeMessage({ id: 1, op: "hello", version: 1 }, "msgpack") as Uint8Array<ArrayBuffer>);
  await one.next();
  const raw = Promise.withResolvers<Uint8Array>();
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(encodeMessage({ id: 1, op: "hello" }, "msgpack"));
  let seen = 0;
  socket.onmessage = ({ data }) => {
    seen++;
    if (seen === 1) {
      const create = { id: 2, op: "create", env_type: "guess", task_id: "guess_42", instance_id: "float-1" };
      const step = { id: 3, op: "step", instance_id: "float-1", action: { role: "assistant", content: "42" } };
      socket.send(encodeMessage([create, step], "msgpack"));
    } else raw.resolve(new Uint8Array(data as ArrayBuffer));
  };
  const bytes = Buffer.from(await raw.promise);
  const at = bytes.indexOf(Buffer.from("reward"));
  expect(bytes.subarray(at + 6, at + 15).toString("hex")).toBe("cb3ff0000000000000");
  socket.close();
  one.close();
});

test("handlers can be mounted in a Bun.serve of one's own, and no port is open without it", async () => {
  await using embedded = await createStepwell({ environments: ["guess"] });
  const server = Bun.serve({
    port: 0,
    fetch: (request, bun) =>
      new URL(request.url).pathname === "/mine" ? new Response("mine") : embedded.fetch(request, bun),
    websocket: embedded.websocket,
  });
  expect(await (await fetch(`${server.url}mine`)).text()).toBe("mine");
  expect(await (await fetch(`${server.url}healthz`)).text()).toBe("OK\n");
  await server.stop(true);
});

test("an address that others can reach needs a token", async () => {
  await using open = await createStepwell({ environments: ["guess"], host: "0.0.0.0", port: 0 });
  expect(() => open.listen()).toThrow("give a token");
});
