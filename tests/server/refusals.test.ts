/**
 * What is wrong with a message, over the real socket: each has its documented code, and the server goes on, which another
 * client's episode shows after every one of them. Random bytes, a client that never reads and one that is gone for good
 * are in hostile.test.ts.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connect, type InstanceHandle } from "../../src/client/index.ts";
import { encodeMessage } from "../../src/protocol/codec.ts";
import { ERROR_CODES, type ErrorCode } from "../../src/protocol/errors.ts";
import type { RequestFrame } from "../../src/protocol/frames.ts";
import { createStepwell, type Stepwell } from "../../src/stepwell.ts";
import { RawSocket } from "./raw-socket.ts";

const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), "stepwell-refusals-"));

let well: Stepwell;
let url: string;
let other: Client;
let theirs: InstanceHandle;

beforeAll(async () => {
  const tokens_file = join(folder, "tokens.json");
  writeFileSync(tokens_file, '{"ann": "ann-token", "bob": "bob-token"}');
  well = await createStepwell({ environments: ["guess"], port: 0, tokens_file });
  url = well.listen();
  other = await connect(url, { token: "bob-token" });
  theirs = await other.create("guess", "guess_42");
});

afterAll(async () => {
  await other?.close();
  await well?.stop();
  rmSync(folder, { recursive: true });
});

/** The server serves somebody else as before. */
async function goesOn(): Promise<void> {
  const { info } = await theirs.step({ role: "assistant", content: "no number" });
  expect(info.action.parse_errors.length).toBe(1);
}

const ann = { token: "ann-token" };

function array32(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count + 5).fill(0x90);
  bytes[0] = 0xdd;
  new DataView(bytes.buffer).setUint32(1, count);
  return bytes;
}

const closing: Record<string, [Uint8Array<ArrayBuffer> | string, ErrorCode]> = {
  "a frame of 20 MiB": [new Uint8Array(20 * MIB).fill(0xc0), "too_large"],
  "a text of 20 MiB": [`"${"x".repeat(20 * MIB)}"`, "too_large"],
  "16 MiB of empty arrays": [array32(16 * MIB - 5), "too_deep"],
  "16 MiB of empty arrays as JSON": [`[${"[],".repeat((16 * MIB) / 3 - 2)}[]]`, "too_deep"],
  "a record extension": [new Uint8Array([0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01]), "bad_frame"],
  "a RegExp extension": [new Uint8Array([0xc7, 0x05, 0x78, 0x92, 0xa1, 0x61, 0xa1, 0x67]), "bad_frame"],
  "a depth of 10,000": [new Uint8Array(10_000).fill(0x91), "too_deep"],
  "a depth of 10,000 as JSON": ["[".repeat(10_000), "too_deep"],
  "a value that is no frame": ["42", "bad_frame"],
  "a frame without an id": ['{"op":"ping"}', "bad_frame"],
};

for (const [what, [message, code]] of Object.entries(closing)) {
  test(`${what} closes its socket with ${code}`, async () => {
    const { raw } = await RawSocket.greeted(url, ann);
    raw.send(message);
    expect(await raw.closed).toEqual({ code: ERROR_CODES[code].close ?? 0, reason: code });
    await goesOn();
  });
}

const refused: Record<string, [Omit<RequestFrame, "id">, ErrorCode]> = {
  "an unknown op": [{ op: "frobnicate" }, "unsupported_op"],
  "an op that is not built": [{ op: "watch" }, "unsupported_op"],
  "an unknown environment": [{ op: "create", env_type: "chess", task_id: "1" }, "unknown_environment"],
  "an unknown task": [{ op: "create", env_type: "guess", task_id: "guess_1000" }, "unknown_task"],
  "an unknown split": [{ op: "tasks", env_type: "guess", split: "nope" }, "unknown_split"],
  "an unknown parameter": [
    { op: "create", env_type: "guess", task_id: "guess_1", params: { reward: "?" } },
    "bad_params",
  ],
  "a filter that there is not": [{ op: "tasks", env_type: "guess", filter: { colour: "red" } }, "bad_request"],
  "a cursor of another list": [{ op: "tasks", env_type: "guess", cursor: "99999" }, "bad_request"],
  "a second hello": [{ op: "hello", version: 1 }, "bad_request"],
  "an expectation of what provenance has not": [
    { op: "create", env_type: "guess", task_id: "guess_1", expect: { stepwel: "0.1.0" } },
    "expectation_failed",
  ],
  "an unknown instance": [{ op: "evaluate", instance_id: "n0-nobody" }, "unknown_instance"],
  "a field of a wrong type": [{ op: "create", env_type: "guess", task_id: ["guess_1"] }, "bad_request"],
};

for (const [what, [frame, code]] of Object.entries(refused)) {
  test(`${what} is answered with ${code}`, async () => {
    const { raw } = await RawSocket.greeted(url, ann);
    expect((await raw.ask({ id: 2, ...frame } as RequestFrame)).err).toMatchObject({ code });
    expect(await raw.ask({ id: 3, op: "ping" })).toEqual({ re: 3, ok: {} });
    raw.close();
    await goesOn();
  });
}

/** A socket of ann's with an instance, and what asks about it. */
async function withInstance() {
  const { raw, session } = await RawSocket.greeted(url, ann);
  const created = (await raw.ask({ id: 2, op: "create", env_type: "guess", task_id: "guess_42" })).ok;
  const { instance_id } = (created as { info: { instance_id: string } }).info;
  const step = (id: number, fields = {}) => ({
    id,
    op: "step",
    instance_id,
    action: { role: "assistant", content: "50" },
    ...fields,
  });
  return { raw, session, instance_id, step };
}

test("a step after release is unknown_instance", async () => {
  const { raw, instance_id, step } = await withInstance();
  expect((await raw.ask({ id: 3, op: "release", instance_id })).ok).toEqual({ released: true });
  expect((await raw.ask(step(4))).err).toMatchObject({ code: "unknown_instance" });
  raw.close();
  await goesOn();
});

test("a stale step runs nothing: stale_step, with the number of steps that were done", async () => {
  const { raw, step } = await withInstance();
  expect((await raw.ask(step(3, { step: 0 }))).ok).toMatchObject({ info: { step: 1 } });
  expect((await raw.ask(step(4, { step: 0 }))).err).toMatchObject({ code: "stale_step", details: { step: 1 } });
  expect((await raw.ask(step(5, { step: 1 }))).ok).toMatchObject({ info: { step: 2 } });
  raw.close();
  await goesOn();
});

test("an id that does not rise is duplicate_id, and runs nothing", async () => {
  const { raw, step } = await withInstance();
  await raw.ask(step(3));
  expect((await raw.ask(step(3))).err).toMatchObject({ code: "duplicate_id" });
  expect((await raw.ask(step(4))).ok).toMatchObject({ info: { step: 2 } });
  raw.close();
  await goesOn();
});

test("a wrong token, and none, close with unauthorized", async () => {
  for (const fields of [{ token: "ann-tokem" }, {}]) {
    const raw = await RawSocket.open(url);
    raw.send(encodeMessage({ id: 1, op: "hello", version: 1, ...fields }, "msgpack"));
    expect(await raw.closed).toEqual({ code: 4401, reason: "unauthorized" });
  }
  await goesOn();
});

test("a wrong Origin gets no socket", async () => {
  const refusal = await RawSocket.open(url, { origin: "http://evil.example" }).catch((error: unknown) => error);
  expect(refusal).not.toBeInstanceOf(RawSocket);
  const headers = { origin: "http://evil.example", upgrade: "websocket", connection: "upgrade" };
  expect((await fetch(url.replace("ws:", "http:"), { headers })).status).toBe(403);
  await goesOn();
});

test("another principal's instance does not exist, for any op", async () => {
  const { raw } = await RawSocket.greeted(url, ann);
  const instance_id = theirs.id;
  const action = { role: "assistant", content: "50" };
  const asked: RequestFrame[] = [
    { id: 2, op: "step", instance_id, action },
    { id: 3, op: "evaluate", instance_id },
    { id: 4, op: "finish", instance_id },
    { id: 5, op: "info", instance_id },
  ];
  for (const frame of asked) expect((await raw.ask(frame)).err).toMatchObject({ code: "unknown_instance" });
  expect((await raw.ask({ id: 6, op: "release", instance_id })).ok).toEqual({ released: false });
  expect((await raw.ask({ id: 7, op: "cancel", instance_ids: [instance_id] })).ok).toEqual({ cancelled: [] });
  raw.close();
  await goesOn();
});

test("a client that vanishes in the middle of a step finds its reply when it resumes, and the step ran once", async () => {
  const { raw, session, instance_id, step } = await withInstance();
  raw.send(encodeMessage(step(3), "msgpack"));
  raw.vanish();
  const { raw: back } = await RawSocket.greeted(url, { ...ann, resume: { session } });
  expect((await back.ask(step(3))).ok).toMatchObject({ info: { step: 1 } });
  expect((await back.ask({ id: 4, op: "info", instance_id })).ok).toMatchObject({ steps: 1 });
  back.close();
  await goesOn();
});
