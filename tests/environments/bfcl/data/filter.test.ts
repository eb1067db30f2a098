import { expect, test } from "bun:test";
import fc from "fast-check";
import { ServedCategories } from "../../../../src/environments/bfcl/data/categories.ts";
import { applyFilter, readFilter } from "../../../../src/environments/bfcl/data/filter.ts";
import { nearestIds } from "../../../../src/environments/bfcl/data/nearest-ids.ts";
import type { Json, JsonObject } from "../../../../src/protocol/messages.ts";

const SERVED = new ServedCategories(new Set());

const rows = Array.from({ length: 40 }, (_, index) => ({
  task_id: `multi_turn_base_${index}`,
  category: index % 2 === 0 ? "multi_turn_base" : "multi_turn_miss_func",
  source_index: index,
  turns: 1 + (index % 5),
}));
const selected = (filter: JsonObject): number[] =>
  applyFilter(rows, readFilter(filter, SERVED)).map(({ source_index }) => Number(source_index));

test("a source index is a number, a text, a range with both ends, or a list of these", () => {
  expect(selected({ source_index: 3 })).toEqual([3]);
  expect(selected({ source_index: "3" })).toEqual([3]);
  expect(selected({ source_index: "3-5" })).toEqual([3, 4, 5]);
  expect(selected({ source_index: "0-1, 7,38-99" })).toEqual([0, 1, 7, 38, 39]);
  expect(selected({ source_index: [2, "9-10"] })).toEqual([2, 9, 10]);
  expect(selected({ source_index: [] })).toEqual([]);
});

test("categories are one, a list, or a text with commas; filters narrow each other", () => {
  expect(selected({ category: "multi_turn_base", source_index: "0-3" })).toEqual([0, 2]);
  expect(selected({ category: ["multi_turn_base"], source_index: "0-3" })).toEqual([0, 2]);
  expect(selected({ category: "multi_turn_base,multi_turn_miss_func", max_turns: "1", source_index: "0-9" })).toEqual([
    0, 5,
  ]);
});

test("a category that is unknown or not served is an error, never an empty list", () => {
  expect(() => readFilter({ category: "multi_turn_bse" }, SERVED)).toThrow(
    'no category "multi_turn_bse"; served are: simple_python',
  );
  expect(() => readFilter({ category: ["multi_turn_base", "web_search_base"] }, SERVED)).toThrow(
    '"web_search_base" is not served: no web search is configured',
  );
});

test("what is no number is refused, also what JavaScript would take for one", () => {
  for (const value of [null, "", true, "x", -1, 2.5, "1e3", {}] satisfies Json[]) {
    expect(() => readFilter({ max_turns: value }, SERVED)).toThrow("expected");
    expect(() => readFilter({ source_index: value }, SERVED)).toThrow("expected");
  }
  expect(() => readFilter({ source_index: "9-4" }, SERVED)).toThrow("ranges such as 0-49");
});

test("a list that is longer than any use of it is refused", () => {
  expect(() => readFilter({ source_index: new Array(1001).fill(1) }, SERVED)).toThrow("up to 1000");
  expect(() => readFilter({ category: ",".repeat(1001) }, SERVED)).toThrow("1000");
});

test("an unknown key is an error that lists the known ones", () => {
  expect(() => readFilter({ colour: "red" }, SERVED)).toThrow(
    "bfcl filters by category, source_index, max_turns, dataset_sub_type",
  );
});

test("a range selects what a list of its numbers selects", () => {
  fc.assert(
    fc.property(fc.nat(45), fc.nat(10), (first, more) => {
      const numbers = Array.from({ length: more + 1 }, (_, index) => first + index);
      expect(selected({ source_index: `${first}-${first + more}` })).toEqual(selected({ source_index: numbers }));
    }),
  );
});

const ids = rows.map(({ task_id }) => task_id);

test("the ids nearest to a wrong one are those that differ least at its beginning and end", () => {
  expect(nearestIds("multi_turn_bse_7", ids)[0]).toBe("multi_turn_base_7");
  expect(nearestIds("multi_turn_base_399", ids)[0]).toBe("multi_turn_base_39");
  expect(nearestIds("", ids)).toEqual([]);
  expect(nearestIds("something else entirely", ids)).toEqual([]);
});

test("any text has at most three nearest ids, all of them known", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const near = nearestIds(text, ids);
      expect(near.length).toBeLessThanOrEqual(3);
      expect(near.every((id) => ids.includes(id))).toBe(true);
    }),
  );
});
