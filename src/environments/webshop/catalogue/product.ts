import { floatRepr } from "../../bfcl/python/number-text.ts";
import { strip } from "../../bfcl/python/strings.ts";

/** A product as the pages, the search and the reward see it. */
export interface Product {
  readonly asin: string;
  readonly title: string;
  readonly description: string;
  readonly bullets: readonly string[];
  /** One price, or the ends of a range. */
  readonly pricing: readonly number[];
  readonly priceTag: string;
  readonly image: string;
  readonly category: string;
  readonly query: string;
  readonly productCategory: string;
  /** Values by option name, in the order of the file; a value may stand twice. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly optionImages: ReadonlyMap<string, string | null>;
  readonly attributes: readonly string[];
  /** The synthetic goal's text and attributes. */
  readonly instruction: string | null;
  readonly instructionAttributes: readonly string[];
  readonly humanGoals: readonly HumanInstruction[];
}

/** What a person wrote for a product (items_human_ins.json). */
export interface HumanInstruction {
  readonly instruction: string;
  readonly attributes: readonly string[];
  readonly options: readonly string[];
}

/** What items_ins_v2*.json says of a product. */
export interface ProductNotes {
  readonly attributes?: readonly string[];
  readonly instruction?: string | null;
  readonly instruction_attributes?: readonly string[] | null;
}

/** What the original gives a product that items_ins_v2 does not know. */
const NO_ATTRIBUTES: readonly string[] = ["DUMMY_ATTR"];
const MAX_ASIN = 10;

/** Whether the original's loader takes a row with this asin (it skips duplicates too). */
export function isAsin(asin: unknown): asin is string {
  return typeof asin === "string" && asin !== "nan" && [...asin].length <= MAX_ASIN;
}

/** A row of items_shuffle*.json. Objects with ordered keys come as entries. */
export interface RawProduct {
  readonly asin: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly options: readonly (readonly [name: string, values: unknown])[];
}

/** Reads a row as the original's loader does. Throws an Error where that one fails, naming the product. */
export function readProduct(raw: RawProduct, notes: ProductNotes, humanGoals: readonly HumanInstruction[]): Product {
  const { asin, fields } = raw;
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value === "string") return value;
    throw new Error(`product ${asin}: "${name}" is not a text`);
  };
  const images = fields.images;
  if (!Array.isArray(images) || images.length === 0) throw new Error(`product ${asin} has no images`);
  const small = fields.small_description;
  const { options, optionImages } = readOptions(raw);
  const pricing = readPricing(asin, fields.pricing);
  const title = text("name");
  return {
    asin,
    title,
    description: text("full_description"),
    bullets: (Array.isArray(small) ? small : [small]).map((bullet) => String(bullet ?? "")),
    pricing,
    priceTag: pricing.map((price) => `$${floatRepr(price)}`).join(" to "),
    image: String(images[0]),
    category: text("category"),
    query: strip(text("query").toLowerCase(), null, true, true),
    productCategory: text("product_category"),
    options,
    optionImages,
    attributes: notes.attributes ?? NO_ATTRIBUTES,
    instruction: notes.instruction ?? null,
    instructionAttributes: notes.instruction_attributes ?? [],
    humanGoals,
  };
}

const NOT_PRICE = /[^\p{Nd}.]/gu;
const DIGIT = /\p{Nd}/gu;

function readPricing(asin: string, given: unknown): number[] {
  if (given === undefined || given === null || given === "") return [100];
  if (typeof given !== "string") throw new Error(`product ${asin}: "pricing" is not a text`);
  const prices = given
    .split("$")
    .slice(1)
    .map((part) => {
      const digits = part.replace(NOT_PRICE, "").replace(DIGIT, asciiDigit);
      const price = digits === "" ? Number.NaN : Number(digits);
      if (Number.isNaN(price)) throw new Error(`product ${asin}: "${given}" is not a price`);
      return price;
    });
  if (prices.length === 0) throw new Error(`product ${asin}: "${given}" is not a price`);
  return prices.slice(0, 2);
}

const MATHEMATICAL_ZERO = 0x1d7ce;
const MATHEMATICAL_LAST = 0x1d7ff;

/** Digits of a script stand in a row of ten after something that is no digit; only the mathematical ones are rows on end. */
function asciiDigit(char: string): string {
  if (char >= "0" && char <= "9") return char;
  const code = char.codePointAt(0) ?? 0;
  if (code >= MATHEMATICAL_ZERO && code <= MATHEMATICAL_LAST) return String((code - MATHEMATICAL_ZERO) % 10);
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(code - zero);
}

function readOptions({ asin, options: groups }: RawProduct): Pick<Product, "options" | "optionImages"> {
  const options = new Map<string, readonly string[]>();
  const optionImages = new Map<string, string | null>();
  for (const [name, contents] of groups) {
    if (contents === null) continue;
    if (!Array.isArray(contents)) throw new Error(`product ${asin}: option "${name}" is not a list`);
    const values = contents.map((content: { value?: unknown; image?: unknown }) => {
      if (typeof content.value !== "string") throw new Error(`product ${asin}: option "${name}" has no value`);
      const value = strip(content.value, null, true, true).replaceAll("/", " | ").toLowerCase();
      optionImages.set(value, typeof content.image === "string" ? content.image : null);
      return value;
    });
    options.set(name.toLowerCase(), values);
  }
  return { options, optionImages };
}

/** What the search engine indexes of a product, as the original's converter puts it together. */
export function searchText(product: Product): string {
  const options = Array.from(product.options, ([name, values]) => `${name}: ${values.join(", ")}`).join(", and ");
  return [product.title, product.description, product.bullets[0] ?? "", options].join(" ").toLowerCase();
}
