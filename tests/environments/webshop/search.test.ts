import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { searchText } from "../../../src/environments/webshop/catalogue/product.ts";
import { analyze } from "../../../src/environments/webshop/search/analyzer.ts";
import { termScore, termWeight } from "../../../src/environments/webshop/search/bm25.ts";
import type { IndexArrays } from "../../../src/environments/webshop/search/index-arrays.ts";
import { IndexBuilder } from "../../../src/environments/webshop/search/index-builder.ts";
import { mapIndex, writeIndex } from "../../../src/environments/webshop/search/index-file.ts";
import { InvertedIndex } from "../../../src/environments/webshop/search/inverted-index.ts";
import { findTerm } from "../../../src/environments/webshop/search/terms.ts";
import { store } from "./own-shop.ts";

const PRODUCTS = [
  ["B03", "red running shoes for women"],
  ["B01", "blue running shoes"],
  ["B02", "blue running shoes"],
  ["B04", "a lamp"],
] as const;

function built() {
  const builder = new IndexBuilder();
  for (const [asin, text] of PRODUCTS) builder.add(asin, text);
  return builder.build();
}

test("words are cut, lowered, stopped and stemmed as Lucene's English analyzer does", () => {
  expect(analyze("The women's Running-Shoes, and a lamp!")).toEqual(["women", "run", "shoe", "lamp"]);
});

test("the rarer word decides, the shorter text goes first, and equal scores stand in order of their asin", () => {
  const index = new InvertedIndex(built());
  const asins = (query: string) => index.search(query, 10).map((product) => PRODUCTS[product]?.[0]);
  expect(asins("red shoes")).toEqual(["B03", "B01", "B02"]);
  expect(asins("running shoe")).toEqual(["B01", "B02", "B03"]);
  expect(asins("nothing of this")).toEqual([]);
  expect(index.search("shoes", 2).length).toBe(2);
});

test("a search leaves nothing behind for the next one", () => {
  const index = new InvertedIndex(built());
  const first = index.search("blue shoes", 10);
  index.search("lamp red women", 10);
  // Another text of the same words: the hits of the same one are kept.
  expect(index.search("blue, shoes", 10)).toEqual(first);
  expect(index.search("blue shoes", 10)).toBe(first);
  expect(index.search("blue shoes", 1)).toEqual(first.slice(0, 1));
});

test("an index that was written is read again, and a file that is none is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  try {
    const path = join(folder, "index");
    await writeIndex(path, built());
    const again = new InvertedIndex(mapIndex(path));
    for (const query of ["red shoes", "blue", "lamp"]) {
      expect(again.search(query, 10)).toEqual(new InvertedIndex(built()).search(query, 10));
    }
    await writeFile(path, "something else");
    expect(() => mapIndex(path)).toThrow('is no "stepwell webshop index');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Every document scored by every term, and all of them sorted: what a search must agree with. */
function scoreEverything(arrays: IndexArrays, query: string, limit: number): number[] {
  const counts = new Map<number, number>();
  for (const token of analyze(query)) {
    const term = findTerm(arrays, token);
    if (term !== -1) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const scores = new Map<number, number>();
  for (const [term, count] of counts) {
    const [from = 0, to = 0] = [arrays.starts[term], arrays.starts[term + 1]];
    const weight = termWeight(count, arrays.documents, to - from);
    for (let at = from; at < to; at++) {
      const doc = arrays.postingDocs[at] ?? 0;
      scores.set(doc, (scores.get(doc) ?? 0) + termScore(weight, arrays.postingImpacts[at] ?? 0));
    }
  }
  const hits = Array.from(scores, ([doc, score]) => ({ doc, score: Math.fround(score) }));
  hits.sort((a, b) => b.score - a.score || a.doc - b.doc);
  return hits.slice(0, limit).map(({ doc }) => arrays.products[doc] ?? 0);
}

test("leaving out what cannot be a hit changes no hit and no order", () => {
  const builder = new IndexBuilder();
  const texts = Array.from({ length: store.count }, (_, number) => searchText(store.product(number)));
  for (const [number, text] of texts.entries()) builder.add(store.product(number).asin, text);
  const arrays = builder.build();
  const ways = [new InvertedIndex(arrays), new InvertedIndex(arrays, 0), new InvertedIndex(arrays, 200)];
  const words = texts.flatMap((text) => text.split(" "));
  const query = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(query, fc.constantFrom(1, 10, 50, 51, 200), (chosen, limit) => {
      const text = chosen.join(" ");
      const expected = scoreEverything(arrays, text, limit);
      for (const index of ways) expect(index.search(text, limit)).toEqual(expected);
    }),
    { numRuns: 400 },
  );
});
