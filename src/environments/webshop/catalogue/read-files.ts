import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { loads } from "../../bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../bfcl/python/values.ts";
import { jsonEntries } from "./json-stream.ts";
import {
  type HumanInstruction,
  isAsin,
  type Product,
  type ProductNotes,
  type RawProduct,
  readProduct,
} from "./product.ts";

/** The files of a catalogue in the original's formats. */
export interface CatalogueFiles {
  readonly items: string;
  readonly notes: string;
  readonly human: string | null;
}

/** Finds the files by their names. Rejects with an Error that says what is missing. */
export async function findFiles(folder: string): Promise<CatalogueFiles> {
  const names = (await readdir(folder)).sort();
  const find = (pattern: RegExp): string | null => {
    const name = names.find((each) => pattern.test(each));
    return name === undefined ? null : join(folder, name);
  };
  const items = find(/^items_shuffle.*\.json$/);
  const notes = find(/^items_ins_v2.*\.json$/);
  if (items === null || notes === null) {
    throw new Error(`${folder} lacks ${items === null ? "items_shuffle*.json" : "items_ins_v2*.json"}`);
  }
  return { items, notes, human: find(/^items_human_ins\.json$/) };
}

/**
 * The products in the order of the file, as the original loads them: rows with a bad or repeated asin are left out.
 * `limit` rows are read at most, the left out ones counted. Throws where the original fails.
 */
export async function* readProducts(files: CatalogueFiles, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Product> {
  const notes = await readNotes(files.notes);
  const human = files.human === null ? new Map<string, HumanInstruction[]>() : await readHuman(files.human);
  const seen = new Set<string>();
  let rows = 0;
  for await (const { text } of jsonEntries(Bun.file(files.items).stream())) {
    if (rows++ >= limit) return;
    const raw = parseRow(text);
    if (raw === null || seen.has(raw.asin)) continue;
    seen.add(raw.asin);
    const note: ProductNotes = JSON.parse(notes.get(raw.asin) ?? "{}");
    yield readProduct(raw, note, human.get(raw.asin) ?? []);
  }
}

/** The notes of each product as their texts: a full catalogue has a million, which are several times as large when they are read. */
async function readNotes(path: string): Promise<Map<string, string>> {
  const notes = new Map<string, string>();
  for await (const { key, text } of jsonEntries(Bun.file(path).stream())) if (key !== null) notes.set(key, text);
  return notes;
}

interface RawHuman {
  readonly instruction: string;
  readonly instruction_attributes: readonly string[];
  readonly instruction_options: readonly string[];
}

async function readHuman(path: string): Promise<Map<string, HumanInstruction[]>> {
  const byAsin = new Map<string, HumanInstruction[]>();
  for await (const { key, text } of jsonEntries(Bun.file(path).stream())) {
    if (key === null) continue;
    const rows: readonly RawHuman[] = JSON.parse(text);
    byAsin.set(
      key,
      rows.map(({ instruction, instruction_attributes, instruction_options }) => ({
        instruction,
        attributes: instruction_attributes,
        options: instruction_options,
      })),
    );
  }
  return byAsin;
}

const INDEX_KEY = /^(?:0|[1-9][0-9]*)$/;

function parseRow(text: string): RawProduct | null {
  const fields: Record<string, unknown> = JSON.parse(text);
  if (!isAsin(fields.asin)) return null;
  const given = fields.customization_options;
  if (typeof given !== "object" || given === null) return { asin: fields.asin, fields, options: [] };
  const options = Object.entries(given);
  // A JavaScript object puts keys that look like indices first: the order of the file is Python's, and pages show it.
  const ordered = options.some(([name]) => INDEX_KEY.test(name)) ? optionsInOrder(text, options) : options;
  return { asin: fields.asin, fields, options: ordered };
}

function optionsInOrder(text: string, options: [string, unknown][]): [string, unknown][] {
  const row: PyValue = loads(text);
  const given = row instanceof PyDict ? row.get("customization_options") : null;
  if (!(given instanceof PyDict)) return options;
  const byName = new Map(options);
  return Array.from(given.keys(), (name) => [String(name), byName.get(String(name))]);
}
