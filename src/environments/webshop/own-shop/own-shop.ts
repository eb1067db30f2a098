import { type Catalogue, memoryCatalogue } from "../catalogue/catalogue.ts";
import type { RawProduct } from "../catalogue/product.ts";
import { readProduct } from "../catalogue/product.ts";
import { type GeneratedProduct, generateProducts } from "./generate.ts";

/** Enough for every split of the paper's protocol: two human goals a product. */
const PRODUCTS = 1000;
const SEED = 20_260;

/** What the nouns of a generated catalogue come from. */
export const OWN_NOUNS = "the grammar of the generated names";

/** The catalogue that is served where no other is: generated, so that nothing has to be fetched. */
export function ownCatalogue(): Catalogue {
  const generated = [...generateProducts(PRODUCTS, SEED)];
  return memoryCatalogue(
    generated.map((each) => readProduct(rawOf(each), each.notes, each.human.map(humanOf))),
    generated.map(({ nouns }) => nouns),
    { nouns: OWN_NOUNS, source: `generated, ${PRODUCTS} products` },
  );
}

function rawOf({ item }: GeneratedProduct): RawProduct {
  const options = item.customization_options === "" ? [] : Object.entries(item.customization_options);
  return { asin: item.asin, fields: { ...item }, options };
}

function humanOf(human: GeneratedProduct["human"][number]) {
  const { instruction, instruction_attributes, instruction_options } = human;
  return { instruction, attributes: instruction_attributes, options: instruction_options };
}
