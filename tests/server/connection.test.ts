import { expect, test } from "bun:test";
import { encodeMessage } from "../../src/protocol/codec.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { Connection, HELLO_MS } from "../../src/server/connection.ts";
import { Principals } from "../../src/server/principals.ts";
import { simulatedWell } from "../actors/well.ts";

async function start() {
  const { system, sessions, clock } = await simulatedWell();
  const closes: [number, string][] = [];
  const raw = {
    send: () => {},
    close: (code: number, reason: string) => closes.push([code, reason]),
    buffered: () => 0,
  };
  const connection = new Connection(raw, null, {
    sessions,
    principals: new Principals(new Map()),
    limits: WIRE_LIMITS,
    deadlines: system.deadlines,
    describe: () => ({ server: "test", limits: {}, environments: [], endpoints: [] }),
  });
  return { connection, clock, closes, deadlines: system.deadlines };
}

test("a socket that says no hello in time is closed, also when it said something empty", async () => {
  const { connection, clock, closes, deadlines } = await start();
  connection.message(new Uint8Array([0x90]));
  clock.increment(HELLO_MS - 1000);
  expect(closes).toEqual([]);
  clock.increment(1100);
  expect(closes).toEqual([[4400, "bad_frame"]]);
  expect(deadlines.size).toBe(0);
});

test("a socket that said hello stays, and one that is gone leaves no deadline", async () => {
  const greeted = await start();
  greeted.connection.message(encodeMessage({ id: 1, op: "hello", version: 1 }, "msgpack"));
  greeted.clock.increment(HELLO_MS * 2);
  expect(greeted.closes).toEqual([]);
  const gone = await start();
  gone.connection.gone();
  expect(gone.deadlines.size).toBe(0);
});
