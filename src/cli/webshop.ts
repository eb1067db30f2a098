import { buildFrom } from "../environments/webshop/catalogue/find-catalogue.ts";
import { writeGenerated } from "../environments/webshop/own-shop/write-files.ts";

/** Builds a catalogue. Returns the exit code. */
export async function runWebshopBuild(from: string, to: string): Promise<number> {
  await buildFrom(from, to, process.env, (line) => process.stderr.write(`${line}\n`));
  console.log(to);
  return 0;
}

/** Writes a generated catalogue's files. Returns the exit code. */
export async function runWebshopGenerate(to: string, options: { products: number; seed: number }): Promise<number> {
  await writeGenerated(to, options);
  console.log(to);
  return 0;
}
