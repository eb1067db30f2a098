import type { Product } from "../catalogue/product.ts";

/** How many goals of each kind a product has. Throws when it has an instruction and no attributes, as the original does. */
export function countGoals(product: Product): { human: number; synthetic: number } {
  const human = eligible(product).length;
  if (product.instruction === null) return { human, synthetic: 0 };
  if (product.instructionAttributes.length === 0) {
    throw new Error(`product ${product.asin} has an instruction without instruction_attributes`);
  }
  let synthetic = 1;
  for (const values of product.options.values()) synthetic *= values.length;
  return { human, synthetic };
}

/** The human instructions of a product that become goals. */
export function eligible(product: Product) {
  return product.humanGoals.filter(({ attributes }) => attributes.length > 0);
}
