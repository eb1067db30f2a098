import { expect, test } from "bun:test";
import { FakeSocket, settle, simulatedWell } from "./well.ts";

const MINUTE = 60_000;

/** A minute at a time, as a clock runs; a wheel that is asked once an hour would hide a timer armed in between. */
function pass(clock: { increment(ms: number): void }, ms: number): void {
  for (let left = ms; left > 0; left -= MINUTE) clock.increment(Math.min(MINUTE, left));
}

const create = (id: number, more = {}) => ({ id, op: "create", env_type: "guess", task_id: "guess_42", ...more });
const step = (id: number, instance_id: string, content: string, more = {}) => ({
  id,
  op: "step",
  instance_id,
  action: { role: "assistant", content },
  ...more,
});

async function open() {
  const well = await simulatedWell();
  const session = well.sessions.open("default");
  const socket = new FakeSocket();
  const number = session.attach(socket);
  return { ...well, session, socket, number };
}

/** The `info` of a reply that is no error. */
function infoOf(reply: { ok?: Record<string, unknown> } | undefined): { instance_id: string; step: number } {
  if (!reply?.ok) throw new Error(`expected an answer, got ${JSON.stringify(reply)}`);
  return reply.ok.info as { instance_id: string; step: number };
}

function instanceOf(socket: FakeSocket, re: number): string {
  const reply = socket.replies.find((one) => one.re === re);
  return infoOf(reply).instance_id;
}

test("an instance that waits for an hour on an open socket is not released; 300 s after its socket is gone it is", async () => {
  const { clock, session, socket, number, system } = await open();
  session.receive([create(1)]);
  pass(clock, 60 * MINUTE);
  expect(system.size).toBe(1);
  session.detach(number);
  pass(clock, 299_000);
  expect(system.size).toBe(1);
  pass(clock, 2_000);
  expect(system.size).toBe(0);
  expect(socket.closed).toBeNull();
});

test("a session that is resumed in time holds its instances again", async () => {
  const { clock, session, number, system } = await open();
  session.receive([create(1)]);
  session.detach(number);
  pass(clock, 4 * MINUTE);
  session.attach(new FakeSocket());
  pass(clock, 60 * MINUTE);
  expect(system.size).toBe(1);
});

test("an HTTP caller holds nothing: its instance idles away", async () => {
  const { clock, system } = await simulatedWell();
  const caller = { principal: "default", holder: null };
  const query = {
    env_type: "guess",
    task_id: "guess_42",
    params: {},
    seed: null,
    n: null,
    labels: {},
    expect: {},
    instance_id: null,
  };
  system.create(caller, query, () => {});
  expect(system.size).toBe(1);
  pass(clock, 301_000);
  expect(system.size).toBe(0);
});

test("any request on an instance resets its idle clock, and params.idle_timeout_s sets it", async () => {
  const { clock, system } = await simulatedWell();
  const caller = { principal: "default", holder: null };
  const query = {
    env_type: "guess",
    task_id: "guess_42",
    params: { idle_timeout_s: 10 },
    seed: null,
    n: null,
    labels: {},
    expect: {},
    instance_id: "mine",
  };
  system.create(caller, query, () => {});
  clock.increment(8000);
  system.evaluate(caller, "mine", () => {});
  clock.increment(8000);
  expect(system.size).toBe(1);
  clock.increment(3000);
  expect(system.size).toBe(0);
});

test("a driver on another session keeps the instance when its creator is gone", async () => {
  const { clock, session, number, socket, sessions, system } = await open();
  session.receive([create(1)]);
  const other = sessions.open("default");
  other.attach(new FakeSocket());
  other.receive([step(1, instanceOf(socket, 1), "50")]);
  session.detach(number);
  pass(clock, 30 * MINUTE);
  expect(system.size).toBe(1);
});

test("replies that were not acknowledged are sent again after a resume, and nothing runs twice", async () => {
  const { session, socket, number } = await open();
  session.receive([create(1)]);
  const instance_id = instanceOf(socket, 1);
  session.receive([step(2, instance_id, "10")]);
  session.detach(number);
  const second = new FakeSocket();
  session.attach(second);
  session.receive([step(2, instance_id, "10"), step(3, instance_id, "20")]);
  expect(second.replies.map((reply) => [reply.re, infoOf(reply).step])).toEqual([
    [2, 1],
    [3, 2],
  ]);
});

test("an acknowledged reply is gone: asked again it is reply_expired and not run", async () => {
  const { session, socket, number } = await open();
  session.receive([create(1)]);
  const instance_id = instanceOf(socket, 1);
  session.receive([step(2, instance_id, "10"), { id: 3, op: "ack", upto: 2 }]);
  session.detach(number);
  const second = new FakeSocket();
  session.attach(second);
  session.receive([step(2, instance_id, "10"), { id: 4, op: "info", instance_id }]);
  expect(second.replies.map(({ re, err, ok }) => [re, err?.code ?? ok?.steps])).toEqual([
    [2, "reply_expired"],
    [4, 1],
  ]);
});

test("an id that does not rise on its socket is duplicate_id", async () => {
  const { session, socket } = await open();
  session.receive([create(5), create(5), create(4)]);
  expect(socket.replies.map(({ err }) => err?.code)).toEqual([undefined, "duplicate_id", "duplicate_id"]);
});

test("N1: a second socket supersedes the first, whose late close changes nothing", async () => {
  const { session, socket, number, clock, system } = await open();
  session.receive([create(1)]);
  const second = new FakeSocket();
  session.attach(second);
  expect(socket.closed).toBe("superseded");
  session.detach(number);
  pass(clock, 10 * MINUTE);
  expect([session.live, system.size]).toEqual([true, 1]);
});

test("N2, N3: a session ends 300 s after it lost its socket, and is then session_lost", async () => {
  const { session, number, clock, sessions } = await open();
  session.detach(number);
  clock.increment(299_000);
  expect(sessions.resume("default", session.id)).toBe(session);
  clock.increment(2_000);
  expect(() => sessions.resume("default", session.id)).toThrow("not known");
  expect(sessions.size).toBe(0);
});

test("another principal's session and instances do not exist", async () => {
  const { session, socket, sessions } = await open();
  session.receive([create(1)]);
  expect(() => sessions.resume("other", session.id)).toThrow("not known");
  const other = sessions.open("other");
  const theirs = new FakeSocket();
  other.attach(theirs);
  const instance_id = instanceOf(socket, 1);
  other.receive([step(1, instance_id, "42"), { id: 2, op: "release", instance_id }]);
  expect(theirs.replies.map(({ err, ok }) => err?.code ?? ok?.released)).toEqual(["unknown_instance", false]);
});

test("a reply that was kept as JSON reaches a client that resumed with msgpack", async () => {
  const { session, number } = await open();
  session.receive([create(1)]);
  session.detach(number);
  const second = new FakeSocket("msgpack");
  session.attach(second);
  session.receive([create(1)]);
  expect(second.replies.map(({ re, ok }) => [re, ok !== undefined])).toEqual([[1, true]]);
});

test("replies to one message come back as one message, in order", async () => {
  const { session, socket } = await open();
  session.receive([create(1), create(2), { id: 3, op: "frobnicate" }]);
  expect(socket.messages.length).toBe(1);
  expect(socket.replies.map(({ re, err }) => [re, err?.code])).toEqual([
    [1, undefined],
    [2, undefined],
    [3, "unsupported_op"],
  ]);
});

test("draining refuses creates, lets what lives end, and stops", async () => {
  const { session, socket, system } = await open();
  session.receive([create(1)]);
  const stopped = system.drain();
  session.receive([create(2)]);
  const instance_id = instanceOf(socket, 1);
  session.receive([step(3, instance_id, "42"), { id: 4, op: "release", instance_id }]);
  await stopped;
  await settle();
  expect(socket.replies.map(({ re, err }) => [re, err?.code])).toEqual([
    [1, undefined],
    [2, "shutting_down"],
    [3, undefined],
    [4, undefined],
  ]);
});

test("an instance that outlives the drain time is released with the server", async () => {
  const { session, system, clock } = await open();
  session.receive([create(1)]);
  const stopped = system.drain();
  clock.increment(31_000);
  await stopped;
  expect(system.size).toBe(0);
});
