import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findCatalogue } from "../../src/environments/webshop/catalogue/find-catalogue.ts";
import type { Shop } from "../../src/environments/webshop/engine/shop.ts";
import { spacyNouns } from "../../src/environments/webshop/nouns/spacy.ts";
import { compareSessions, compareTraps } from "./webshop-sessions.ts";
import {
  compareAnalyzer,
  compareFuzz,
  compareGoals,
  compareNouns,
  compareRewards,
  compareSearch,
} from "./webshop-sets.ts";
import { Tally } from "./webshop-tally.ts";

const USAGE = `usage: npm run parity -- webshop DIR --catalog NAME=FOLDER...
  DIR holds recorded results of the original as SET_NAME*.jsonl.gz and goals_NAME_human0.json.gz;
  FOLDER holds the catalogue NAME: items_shuffle*.json, items_ins_v2*.json, items_human_ins.json`;

const FILE = /^([a-z]+)_([a-z0-9]+)(?:_(.+))?\.jsonl?\.gz$/;

/**
 * Compares every set of recorded results in a folder with this engine and prints `SET compared=N agreeing=N`. Exit code
 * 0: all agree, 1: some don't, 2: the command, its folder or a catalogue is wrong.
 */
export async function parityWebshop(args: string[], print: (line: string) => void = console.log): Promise<number> {
  const [directory, ...rest] = args;
  const folders = catalogueFolders(rest);
  if (directory === undefined || folders === null) {
    print(USAGE);
    return 2;
  }
  const files = existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => FILE.test(name))
        .sort()
    : [];
  if (files.length === 0) {
    print(`${directory} holds no recorded results`);
    return 2;
  }
  const shops = new Map<string, Promise<Shop>>();
  const shopOf = (name: string): Promise<Shop> => {
    const folder = folders.get(name);
    if (folder === undefined) throw new Error(`no --catalog ${name}=FOLDER was given`);
    // As a user's server gets it: built from the files once, kept in the cache.
    const shop =
      shops.get(name) ??
      findCatalogue({ ...process.env, STEPWELL_WEBSHOP_DATA: folder }, () => {}).then((catalogue) => catalogue.shop);
    shops.set(name, shop);
    return shop;
  };
  const disagreeing: string[] = [];
  for (const file of files) {
    const tally = new Tally();
    const set = basename(file).replace(/\.jsonl?\.gz$/, "");
    try {
      await compareFile(join(directory, file), tally, shopOf);
    } catch (error) {
      tally.failed(set, error);
    }
    print(`${set} compared=${tally.compared} agreeing=${tally.agreeing}`);
    if (tally.agreeing < tally.compared) disagreeing.push(...tally.disagreements.map((each) => `${set} ${each}`));
  }
  for (const each of disagreeing) print(`\n${each}`);
  return disagreeing.length === 0 ? 0 : 1;
}

async function compareFile(path: string, tally: Tally, shopOf: (name: string) => Promise<Shop>): Promise<void> {
  const [, set = "", catalogue = "", kind = ""] = FILE.exec(basename(path)) ?? [];
  const text = new TextDecoder().decode(Bun.gunzipSync(readFileSync(path)));
  if (set === "goals") {
    return compareGoals(JSON.parse(text), kind.endsWith("1"), await shopOf(catalogue), tally);
  }
  const records = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  switch (set) {
    case "analyzer":
      return compareAnalyzer(records, await shopOf(catalogue), tally);
    case "search":
      return compareSearch(records, await shopOf(catalogue), tally);
    case "fuzz":
      return compareFuzz(records, tally);
    case "reward":
      return compareRewards(records, await shopOf(catalogue), tally);
    case "pos":
      return compareNouns(records, (texts) => spacyNouns(texts), tally);
    case "sessions":
      return compareSessions(records, await shopOf(catalogue), tally);
    case "traps":
      return compareTraps(records, await shopOf(catalogue), tally);
    default:
      throw new Error(`"${set}" is no set that this engine knows`);
  }
}

function catalogueFolders(args: readonly string[]): Map<string, string> | null {
  const folders = new Map<string, string>();
  for (let at = 0; at < args.length; at += 2) {
    const [name, ...folder] = (args[at + 1] ?? "").split("=");
    if (args[at] !== "--catalog" || !name || folder.length === 0) return null;
    folders.set(name, folder.join("="));
  }
  return folders;
}
