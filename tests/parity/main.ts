import { bfclParity } from "./bfcl.ts";
import { parityWebshop } from "./webshop.ts";

/**
 * `npm run parity -- bfcl DIR` and `npm run parity -- webshop DIR --catalog NAME=FOLDER...`: compares our engines with
 * recorded results of the official ones. Exit code 0: all agree, 1: some don't, 2: the command or its folder is wrong.
 */
const USAGE =
  "usage: npm run parity -- bfcl DIR\n       npm run parity -- webshop DIR --catalog NAME=FOLDER...\n  DIR holds recorded results as .jsonl.gz files";

async function bfcl([directory, ...rest]: string[]): Promise<number> {
  if (directory === undefined || rest.length > 0) throw new Error(USAGE);
  return (await bfclParity(directory, console.log)) ? 0 : 1;
}

const ENVIRONMENTS: Readonly<Record<string, (args: string[]) => Promise<number>>> = { bfcl, webshop: parityWebshop };

const [name = "", ...args] = process.argv.slice(2);
try {
  const compare = Object.hasOwn(ENVIRONMENTS, name) ? ENVIRONMENTS[name] : undefined;
  if (!compare) throw new Error(USAGE);
  process.exit(await compare(args));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
