import { bfclParity } from "./bfcl.ts";

/**
 * `npm run parity -- bfcl DIR`: compares this engine with recorded results of the official one. Exit code 0: all agree,
 * 1: some don't, 2: the command or its folder is wrong.
 */
const USAGE = "usage: npm run parity -- bfcl DIR\n  DIR holds recorded results as <set>.*.jsonl.gz";

const [environment, directory, ...rest] = process.argv.slice(2);
if (environment !== "bfcl" || directory === undefined || rest.length > 0) {
  console.error(USAGE);
  process.exit(2);
}
try {
  process.exit((await bfclParity(directory, console.log)) ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
