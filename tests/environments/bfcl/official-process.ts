/** A Python 3.11 with the official package and what its parts need, or null. */
export const OFFICIAL_PYTHON: string | null = process.env.STEPWELL_BFCL_PYTHON ?? null;

/** Why the official package can't be asked here, and what the Python needs beside it; null when it can. */
export function whyNotOfficial(needs = "bfcl-eval and mpmath"): string | null {
  return OFFICIAL_PYTHON === null ? `STEPWELL_BFCL_PYTHON (a Python 3.11 with ${needs}) is not set` : null;
}

interface ScriptInput {
  /** Standard input. */
  readonly input?: string;
  readonly args?: readonly string[];
  readonly python?: string | null;
}

/** What a Python script writes to standard output. Rejects with what it said when it ends with an error. */
export async function runScript(
  script: string,
  { input = "", args = [], python = OFFICIAL_PYTHON }: ScriptInput,
): Promise<string> {
  if (python === null) throw new Error(whyNotOfficial() ?? "no Python");
  const child = Bun.spawn([python, script, ...args], {
    stdin: new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "pipe",
    // official_imports.py is here. A fixed hash seed: texts that print a set would otherwise differ from run to run.
    env: { ...process.env, PYTHONPATH: import.meta.dir, PYTHONHASHSEED: "0", TZ: "UTC" },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${script} ended with code ${code}: ${err.slice(-2000)}`);
  return out;
}

/** Asks a script that answers lines with lines, in their order. */
export async function askLines(script: string, queries: readonly string[]): Promise<string[]> {
  const answers = linesOf(await runScript(script, { input: queries.map((query) => `${query}\n`).join("") }));
  if (answers.length !== queries.length) throw new Error(`${queries.length} queries, ${answers.length} answers`);
  return answers;
}

/** The lines of a text that are not empty. */
export const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
