import { describe, expect, test } from "bun:test";
import { memoryKv } from "../../../../src/environments/bfcl/apis/memory-kv.ts";
import { MemoryRecSum, memoryRecSum } from "../../../../src/environments/bfcl/apis/memory-rec-sum.ts";
import { PyDict } from "../../../../src/environments/bfcl/python/values.ts";
import { calledObject } from "./call-object.ts";

describe("the key-value memory", () => {
  test("holds seven entries in its core, each of 300 characters, which are code points", () => {
    const made = calledObject(memoryKv);
    expect(made.said(`core_memory_add('a', '${"😀".repeat(300)}')`)).toBe("{'status': 'Key-value pair added.'}");
    expect(made.said(`core_memory_add('b', '${"x".repeat(301)}')`)).toBe(
      "{'error': 'Entry is too long. Please shorten the entry to less than 300 characters.'}",
    );
    for (const key of "bcdefg") made.said(`core_memory_add('${key}', '')`);
    expect(made.said("core_memory_add('Not a key', '')")).toBe(
      "{'error': 'Core memory is full. Please clear some entries.'}",
    );
  });

  test("takes snake_case keys, once each, and whatever has a text as a value", () => {
    const made = calledObject(memoryKv);
    expect(made.said("archival_memory_add('home_2', None)")).toBe("{'status': 'Key added.'}");
    expect(made.said("archival_memory_add('home_2', 1)")).toBe("{'error': 'Key name must be unique.'}");
    for (const key of ["'2_home'", "'Home'", "'a__b'", "7"]) {
      expect(made.said(`archival_memory_add(${key}, 1)`)).toStartWith("{'error': 'Key must be in snake_case");
    }
    expect(made.said("archival_memory_retrieve('home_2')")).toBe("{'value': 'None'}");
    expect(made.said("archival_memory_retrieve([])")).toBe("TypeError: unhashable type: 'list'");
  });

  test("ranks keys by the words that they share with a query, and has no search without a key", () => {
    const made = calledObject(memoryKv);
    expect(made.said("core_memory_key_search(5)")).toBe("ZeroDivisionError: division by zero");
    made.said("core_memory_add('user_last_order', '')");
    made.said("core_memory_add('budget', '')");
    expect(made.said("core_memory_key_search('Budget')")).toBe(
      "{'ranked_results': [(2.5161765321108316, 'budget'), (1.0986122886681098, 'user_last_order')]}",
    );
    expect(made.said("core_memory_key_search('budget', k=0)")).toBe("{'ranked_results': []}");
    expect(made.said("core_memory_key_search(5)")).toBe("AttributeError: 'int' object has no attribute 'replace'");
  });
});

describe("the summary memory", () => {
  test("replaces every place of a text, and an empty one around every character", () => {
    const made = calledObject(memoryRecSum, '{"memory": "a😀a"}');
    made.said("memory_replace('a', 'bb')");
    expect(made.attribute("memory")).toBe("'bb😀bb'");
    made.said("memory_replace('', '-')");
    expect(made.attribute("memory")).toBe("'-b-b-😀-b-b-'");
    made.said("memory_replace('-b', '$&')");
    expect(made.attribute("memory")).toBe("'$&$&-😀$&$&-'");
  });

  test("takes 10,000 characters by appending and updating; a replacement grows it to the bound that it was given", () => {
    const made = calledObject(memoryRecSum);
    expect(made.said(`memory_update('${"x".repeat(10_000)}')`)).toBe("{'status': 'Memory updated.'}");
    expect(made.said("memory_append('y')")).toBe(
      "{'error': 'Entry will be too long after appending. Please shorten the entry to less than 10000 characters.'}",
    );
    const bounded = new MemoryRecSum(PyDict.of({ memory: "xx" }), { maxText: 8 });
    bounded.memory_replace("x", "yyyy");
    expect(() => bounded.memory_replace("y", "zz")).toThrow();
    expect(bounded.memory).toBe("yyyyyyyy");
  });
});
