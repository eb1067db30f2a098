import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "../../src/client/client.ts";
import { createStepwell, type Stepwell } from "../../src/stepwell.ts";
import { seeded } from "../client/cut-network.ts";

let well: Stepwell;
let url: string;

beforeAll(async () => {
  well = await createStepwell({ environments: ["guess"], port: 0, session_timeout_s: 0.2, idle_timeout_s: 0.2 });
  url = well.listen();
});

afterAll(() => well.stop());

/** Sends one message on a socket of its own and says how the server closed it; "open" when it answered instead. */
function send(message: Uint8Array<ArrayBuffer> | string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(message);
    socket.onclose = ({ reason }) => resolve(reason);
    socket.onmessage = ({ data }) => {
      if (typeof data === "string" && data.includes('"ev":"closing"')) return;
      if (typeof data !== "string") return;
      socket.onclose = null;
      socket.close();
      resolve("open");
    };
  });
}

/** Three thousand here; `benchmarks/load/random-frames.ts` sends a million. */
test("random bytes and random text close their socket with a code, and another client is served all the while", async () => {
  const random = seeded(7);
  await using client = await connect(url);
  const instance = await client.create("guess", "guess_42");
  const reasons = new Set<string>();
  for (let round = 0; round < 60; round++) {
    const sent = Array.from({ length: 50 }, (_, index) => {
      const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 200) }, () => Math.floor(random() * 256));
      return send(index % 2 === 0 ? bytes : Buffer.from(bytes).toString("latin1"));
    });
    for (const reason of await Promise.all(sent)) reasons.add(reason);
    expect((await instance.evaluate()).reward).toBe(0);
  }
  expect([...reasons].filter((reason) => !["bad_frame", "too_deep", "too_large"].includes(reason))).toEqual([]);
  await instance.release();
});

test("a client that never reads is closed when what waits for it passes the bound, and others are served", async () => {
  const closed = Promise.withResolvers<void>();
  const host = new URL(url);
  const key = Buffer.from("0123456789abcdef").toString("base64");
  const upgraded = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: host.hostname,
    port: Number(host.port),
    socket: {
      data: (one) => {
        // The answer to the upgrade is the last that this client reads.
        upgraded.resolve();
        one.pause();
      },
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  socket.write(
    `GET /v1 HTTP/1.1\r\nHost: ${host.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await upgraded.promise;
  socket.write(textFrame(JSON.stringify({ id: 1, op: "hello" })));
  await using client = await connect(url);
  const before = (await sessions(url)) ?? 0;
  // Each asks for a reply of some kilobytes; the server stops at 64 MiB that nobody takes.
  for (let id = 2; (await sessions(url)) === before && id < 200_000; id += 1000) {
    const batch = Array.from({ length: 1000 }, (_, index) => ({
      id: id + index,
      op: "env_profile",
      env_type: "guess",
      split: "train",
    }));
    socket.write(textFrame(JSON.stringify(batch)));
    await client.ping();
  }
  expect(await sessions(url)).toBeLessThan(before);
  socket.terminate();
  await closed.promise;
  expect((await client.create("guess", "guess_42")).state.length).toBe(1);
});

test("what a client that vanished left is freed when its session is over", async () => {
  const client = await connect(url);
  await client.createGroup("guess", "guess_42", 20);
  expect(well.size).toBeGreaterThanOrEqual(20);
  await client.close();
  await using other = await connect(url);
  while (well.size > 0) await other.ping();
  expect((await other.create("guess", "guess_42")).state.length).toBe(1);
});

/** A text message as a client frames it, masked with zeros. */
function textFrame(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const head = payload.length < 65_536 ? Buffer.alloc(8) : Buffer.alloc(14);
  head[0] = 0x81;
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
  if (payload.length < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** Sessions of the server, as its metrics say. */
async function sessions(address: string): Promise<number | null> {
  const text = await (await fetch(address.replace("ws:", "http:").replace("/v1", "/metrics"))).text();
  const line = text.split("\n").find((one) => one.startsWith("stepwell_sessions "));
  return line ? Number(line.split(" ")[1]) : null;
}
