import { join } from "node:path";
import { PyDict, PyTuple, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { runScript } from "../official-process.ts";

/** A Python 3.11: the one of the official engine, or the machine's. */
const candidates = [process.env.STEPWELL_BFCL_PYTHON, "python3.11", "python3"].filter((name) => name !== undefined);

export const REFERENCE_PYTHON: string | null =
  candidates.find((name) => {
    const path = Bun.which(name);
    if (path === null) return false;
    const probe = Bun.spawnSync([path, "-c", "import sys; print(sys.version_info[:2] == (3, 11))"]);
    return probe.stdout.toString().trim() === "True";
  }) ?? null;

export interface Case {
  readonly ask: string;
  readonly args: readonly PyValue[];
}

/** What Python answers to each case: the result as str gives it, or `Kind: text` of its exception. */
export async function askPython(cases: readonly Case[]): Promise<string[]> {
  const input = JSON.stringify(cases.map(({ ask, args }) => ({ ask, args: args.map(tagged) })));
  return JSON.parse(await runScript(join(import.meta.dir, "reference.py"), { input, python: REFERENCE_PYTHON }));
}

function tagged(value: PyValue): unknown {
  if (typeof value === "bigint") return { i: value.toString() };
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return { f: bytes.toString("hex") };
  }
  if (typeof value === "string") return { s: value };
  if (typeof value === "boolean") return { b: value };
  if (value === null) return { n: null };
  if (Array.isArray(value)) return { l: value.map(tagged) };
  if (value instanceof PyTuple) return { t: value.items.map(tagged) };
  if (value instanceof PyDict) return { d: Array.from(value.entries(), (entry) => entry.map(tagged)) };
  throw new Error("this value has no tag");
}
