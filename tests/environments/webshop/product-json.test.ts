import { expect, test } from "bun:test";
import { productFromJson, productToJson } from "../../../src/environments/webshop/catalogue/product-json.ts";
import { store } from "./own-shop.ts";

test("a product that was kept is the same, with its nouns and the order of its options", () => {
  for (let number = 0; number < 50; number++) {
    const product = store.product(number);
    const kept = productFromJson(productToJson(product, store.nouns(number)));
    expect(kept).toEqual({ product, nouns: store.nouns(number) });
    expect([...kept.product.options.keys()]).toEqual([...product.options.keys()]);
  }
});
