import { describe, expect, test } from "bun:test";
import { Recent } from "../../src/util/recent.ts";

describe("what was used last", () => {
  test("stays, and what was not used for longest goes", () => {
    const kept = new Recent<string, number>(2);
    kept.set("a", 1);
    kept.set("b", 2);
    expect(kept.get("a")).toBe(1);
    kept.set("c", 3);
    expect([kept.get("a"), kept.get("b"), kept.get("c"), kept.size]).toEqual([1, undefined, 3, 2]);
  });

  test("is counted by weight where it is told, once for a key that is set again", () => {
    const kept = new Recent<string, string>(5, ({ length }) => length);
    kept.set("a", "xxx");
    kept.set("a", "xx");
    kept.set("b", "yyy");
    expect([kept.has("a"), kept.has("b")]).toEqual([true, true]);
    kept.set("c", "z");
    expect([kept.has("a"), kept.has("b"), kept.has("c")]).toEqual([false, true, true]);
    kept.set("d", "wwwwww");
    expect([kept.has("d"), kept.size]).toEqual([false, 0]);
  });

  test("is made once while it is kept", () => {
    const kept = new Recent<string, number>(1);
    let made = 0;
    const make = () => ++made;
    expect([kept.getOrMake("a", make), kept.getOrMake("a", make)]).toEqual([1, 1]);
    expect([kept.getOrMake("b", make), kept.getOrMake("a", make)]).toEqual([2, 3]);
  });
});
