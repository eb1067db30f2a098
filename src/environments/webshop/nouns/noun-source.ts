import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Progress } from "../../native.ts";
import type { Product } from "../catalogue/product.ts";
import { SPACY_NOUNS, spacyNouns } from "./spacy.ts";

/** What finds the nouns of product names: lower-cased, in order, repetitions kept. */
export interface NounSource {
  /** Its name, which results carry: rewards depend on it. */
  readonly name: string;
  tag(products: readonly Product[], progress: Progress): Promise<readonly (readonly string[])[]>;
}

/** The nouns that a catalogue brings along. */
const NOUN_FILE = "items_nouns.json";

const schema = z.strictObject({ model: z.string(), nouns: z.record(z.string(), z.array(z.string())) });

/** The file items_nouns.json of a catalogue's folder where there is one, else spaCy. */
export async function nounSourceOf(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<NounSource> {
  const path = join(folder, NOUN_FILE);
  if (!existsSync(path)) {
    return {
      name: SPACY_NOUNS,
      tag: (products, progress) =>
        spacyNouns(
          products.map(({ title }) => title),
          progress,
          env,
        ),
    };
  }
  const parsed = schema.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  const { model, nouns } = parsed.data;
  return {
    name: model,
    tag: async (products) =>
      products.map(({ asin }) => {
        const found = nouns[asin];
        if (found === undefined) throw new Error(`${path} has no nouns for product ${asin}`);
        return found;
      }),
  };
}
