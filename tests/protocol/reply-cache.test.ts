import { expect, test } from "bun:test";
import fc from "fast-check";
import { ReplyCache } from "../../src/protocol/reply-cache.ts";

test("an id goes from unknown over running to done, and an ack lets its reply go", () => {
  const cache = new ReplyCache<string>(10, 1000);
  expect(cache.get(1)).toEqual({ state: "unknown" });
  cache.start(1);
  expect(cache.get(1)).toEqual({ state: "running" });
  cache.finish(1, "one", 3);
  expect(cache.get(1)).toEqual({ state: "done", reply: "one" });
  expect(cache.size).toEqual({ count: 1, bytes: 3 });
  cache.ack(1);
  expect(cache.get(1)).toEqual({ state: "expired" });
  expect(cache.size).toEqual({ count: 0, bytes: 0 });
});

test("past a bound of count or of bytes the reply that was done first goes", () => {
  const byCount = new ReplyCache<number>(2, 1000);
  for (const id of [3, 1, 2]) byCount.finish(id, id, 1);
  expect([1, 2, 3].map((id) => byCount.get(id).state)).toEqual(["done", "done", "expired"]);
  const byBytes = new ReplyCache<number>(100, 10);
  for (const id of [1, 2, 3]) byBytes.finish(id, id, 4);
  expect([1, 2, 3].map((id) => byBytes.get(id).state)).toEqual(["expired", "done", "done"]);
  byBytes.finish(4, 4, 11);
  expect(byBytes.size).toEqual({ count: 0, bytes: 0 });
});

test("an ack beyond a request that is running does not lose its reply", () => {
  const cache = new ReplyCache<string>(10, 1000);
  cache.start(1);
  cache.start(2);
  cache.finish(2, "two", 1);
  cache.ack(2);
  expect(cache.get(1).state).toBe("running");
  cache.finish(1, "one", 1);
  expect(cache.get(1)).toEqual({ state: "done", reply: "one" });
});

interface Known {
  running: Set<number>;
  done: { id: number; bytes: number }[];
  highest: number;
}

test("it agrees with a plain model over any sequence, and its bounds always hold", () => {
  const MOST = 5;
  const MOST_BYTES = 40;
  const action = fc.record({
    kind: fc.constantFrom("start", "finish", "ack"),
    pick: fc.nat(30),
    bytes: fc.integer({ min: 1, max: 45 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const cache = new ReplyCache<string>(MOST, MOST_BYTES);
      const model: Known = { running: new Set(), done: [], highest: 0 };
      const total = () => model.done.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const { kind, pick, bytes } of actions) {
        if (kind === "start") {
          // Ids rise, and may leave gaps.
          const id = model.highest + 1 + (pick % 3);
          cache.start(id);
          model.running.add(id);
          model.highest = id;
        } else if (kind === "finish") {
          const id = [...model.running][pick % Math.max(1, model.running.size)];
          if (id === undefined) continue;
          cache.finish(id, `reply ${id}`, bytes);
          model.running.delete(id);
          model.done.push({ id, bytes });
          while (model.done.length > MOST || total() > MOST_BYTES) model.done.shift();
        } else {
          cache.ack(pick);
          model.done = model.done.filter(({ id }) => id > pick);
        }
        expect(cache.size).toEqual({ count: model.done.length, bytes: total() });
        expect(cache.highest).toBe(model.highest);
        for (let id = 1; id <= model.highest + 2; id++) {
          const known = cache.get(id);
          if (model.running.has(id)) expect(known).toEqual({ state: "running" });
          else if (model.done.some((kept) => kept.id === id)) {
            expect(known).toEqual({ state: "done", reply: `reply ${id}` });
          } else expect(known).toEqual({ state: id > model.highest ? "unknown" : "expired" });
        }
      }
    }),
  );
});

test("an id that was seen is never unknown again: nothing runs twice", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ bytes: fc.nat(20), ack: fc.boolean() }), { maxLength: 60 }), (runs) => {
      const cache = new ReplyCache<number>(3, 30);
      for (const [index, { bytes, ack }] of runs.entries()) {
        cache.start(index + 1);
        cache.finish(index + 1, index, bytes);
        if (ack) cache.ack(index);
        for (let id = 1; id <= index + 1; id++) expect(cache.get(id).state).not.toBe("unknown");
      }
    }),
  );
});

test("a reply that is finished twice is weighed once", () => {
  const cache = new ReplyCache<string>(10, 100);
  cache.finish(1, "a", 30);
  cache.finish(1, "b", 20);
  expect(cache.size).toEqual({ count: 1, bytes: 20 });
  expect(cache.get(1)).toEqual({ state: "done", reply: "b" });
});
