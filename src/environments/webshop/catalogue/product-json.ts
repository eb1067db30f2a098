import type { Product } from "./product.ts";

/** A product with the nouns of its name, as it is kept on disk: names are left out, options keep their order. */
type Row = [
  asin: string,
  title: string,
  description: string,
  bullets: readonly string[],
  pricing: readonly number[],
  priceTag: string,
  image: string,
  category: string,
  query: string,
  productCategory: string,
  options: readonly (readonly [string, readonly string[]])[],
  optionImages: readonly (readonly [string, string | null])[],
  attributes: readonly string[],
  instruction: string | null,
  instructionAttributes: readonly string[],
  humanGoals: Product["humanGoals"],
  nouns: readonly string[],
];

export interface KeptProduct {
  readonly product: Product;
  readonly nouns: readonly string[];
}

export function productToJson(product: Product, nouns: readonly string[]): string {
  const row: Row = [
    product.asin,
    product.title,
    product.description,
    product.bullets,
    product.pricing,
    product.priceTag,
    product.image,
    product.category,
    product.query,
    product.productCategory,
    [...product.options],
    [...product.optionImages],
    product.attributes,
    product.instruction,
    product.instructionAttributes,
    product.humanGoals,
    nouns,
  ];
  return JSON.stringify(row);
}

export function productFromJson(text: string): KeptProduct {
  const row: Row = JSON.parse(text);
  const [asin, title, description, bullets, pricing, priceTag, image, category, query, productCategory] = row;
  const [, , , , , , , , , , options, optionImages, attributes, instruction, instructionAttributes, humanGoals, nouns] =
    row;
  const product: Product = {
    asin,
    title,
    description,
    bullets,
    pricing,
    priceTag,
    image,
    category,
    query,
    productCategory,
    options: new Map(options),
    optionImages: new Map(optionImages),
    attributes,
    instruction,
    instructionAttributes,
    humanGoals,
  };
  return { product, nouns };
}
