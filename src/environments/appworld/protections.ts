import { join } from "node:path";
import { z } from "zod";
import type { Protection } from "../external.ts";
import { appworldPaths } from "./paths.ts";

const rows = z.array(z.object({ wall: z.string(), up: z.boolean(), what: z.string() }));
const SCRIPT = "import json; from stepwell.worker import sandbox; print(json.dumps(sandbox.protections()))";

/** The walls that this machine can put up around a model's code, as the worker's own library finds them. */
export async function protectionsOf(env: Readonly<Record<string, string | undefined>>): Promise<Protection[]> {
  const python = join(appworldPaths(env).venv, "bin", "python");
  const child = Bun.spawn([python, "-c", SCRIPT], { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { ...env } });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${python} does not say what protects model code: ${err.trim().slice(-1000)}`);
  return rows.parse(JSON.parse(out)).map(({ wall, up, what }) => ({ against: wall, holds: up, by: what }));
}
