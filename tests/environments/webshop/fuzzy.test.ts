import { expect, test } from "bun:test";
import fc from "fast-check";
import { isAlike, tokenSetRatio } from "../../../src/environments/webshop/reward/fuzzy.ts";

test("whether two texts are alike is what their ratio says, whatever is left out on the way to it", () => {
  const word = fc.constantFrom("red", "reds", "bed", "dark red", "kingsize", "king size", "café", "深蓝色", "ab", "ba");
  const text = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, text, fc.constantFrom(0, 50, 85, 99), (a, b, above) => {
      expect(isAlike(a, b, above)).toBe(tokenSetRatio(a, b) > above);
    }),
  );
});
