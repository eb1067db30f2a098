import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyze } from "../../../src/environments/webshop/search/analyzer.ts";
import { IndexBuilder } from "../../../src/environments/webshop/search/index-builder.ts";
import { readIndex, writeIndex } from "../../../src/environments/webshop/search/index-file.ts";
import { InvertedIndex } from "../../../src/environments/webshop/search/inverted-index.ts";

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
  expect(index.search("blue shoes", 10)).toEqual(first);
});

test("an index that was written is read again, and a file that is none is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  try {
    const path = join(folder, "index");
    await writeIndex(path, built());
    const again = new InvertedIndex(await readIndex(path));
    for (const query of ["red shoes", "blue", "lamp"]) {
      expect(again.search(query, 10)).toEqual(new InvertedIndex(built()).search(query, 10));
    }
    await writeFile(path, "something else");
    expect(await readIndex(path).catch((error: Error) => error.message)).toContain("no webshop index");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
