import { existsSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../native.ts";
import { type AppWorldPaths, appworldPaths } from "./paths.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What Python the engine needs, the one that it was tried with first. */
const PYTHONS = ["python3.11", "python3.12", "python3.13", "python3"];
/** Exits with 0 on a Python that can make what is needed. */
const FITS = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
/** The folders with our Python projects: in a checkout and in the package. */
const PROJECTS = ["python", "images/appworld"].map((folder) => join(import.meta.dir, "../../..", folder));

export interface PullOptions {
  /** A folder whose `data` is a task set that somebody else fetched. */
  readonly from: string | null;
  /** Make the small set of invented tasks instead of fetching the real one. */
  readonly mini: boolean;
}

/**
 * Installs the pinned engine into a virtual environment of its own, makes what a worker plays as it starts, and gets the
 * tasks: from a folder, made (`mini`), or fetched by the engine's own command. Returns the folder of the tasks; rejects
 * with an Error that says what to do.
 */
export async function pullAppworld(env: Variables, progress: Progress, options: PullOptions): Promise<string> {
  const paths = appworldPaths(env);
  if (!PROJECTS.every((folder) => existsSync(folder))) {
    throw new Error("the worker of AppWorld is not in this executable: run `npx stepwell pull appworld`, which has it");
  }
  const python = await findPython(env);
  progress(`installing the engine of AppWorld into ${paths.venv}`);
  await run([python, "-m", "venv", paths.venv], env);
  const bin = (name: string) => join(paths.venv, "bin", name);
  await run([bin("pip"), "install", "--quiet", "--disable-pip-version-check", ...PROJECTS], env);
  // What it unpacks for its own tests goes beside the rest, not into the home folder.
  const inside = { ...env, APPWORLD_CACHE: join(paths.venv, "appworld"), APPWORLD_ROOT: paths.root };
  await run([bin("appworld"), "install"], inside, paths.venv);
  progress("making what a worker plays as it starts");
  await run([bin("stepwell-appworld"), "warm-up", paths.warm_up, "--force"], inside);
  await getTasks(paths, inside, progress, options);
  return paths.root;
}

async function getTasks(paths: AppWorldPaths, env: Variables, progress: Progress, options: PullOptions): Promise<void> {
  const data = join(paths.root, "data");
  if (options.from !== null) {
    const given = join(options.from, "data");
    if (!existsSync(join(given, "tasks")))
      throw new Error(`${options.from} has no data/tasks: is it an AppWorld root?`);
    progress(`copying the tasks of ${options.from}`);
    await cp(given, data, { recursive: true });
    return;
  }
  if (options.mini) {
    progress("making the small set of invented tasks");
    await run([join(paths.venv, "bin", "stepwell-appworld"), "mini", paths.root, "--force"], env);
    return;
  }
  if (existsSync(join(data, "tasks"))) {
    progress(`the tasks in ${paths.root} are kept; remove ${data} to fetch them again`);
    return;
  }
  progress("fetching the tasks of AppWorld");
  await mkdir(paths.root, { recursive: true });
  try {
    await run([join(paths.venv, "bin", "appworld"), "download", "data"], env, paths.root);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new Error(
      `${why}\nThe tasks of AppWorld could not be fetched from here. Bring a folder that has them (stepwell pull appworld --from FOLDER), or take the small set of invented tasks: stepwell pull appworld --mini`,
    );
  }
}

/** A Python of 3.11 or later that can make virtual environments; STEPWELL_APPWORLD_PYTHON names one. */
async function findPython(env: Variables): Promise<string> {
  const named = env.STEPWELL_APPWORLD_PYTHON;
  for (const python of named ? [named] : PYTHONS) {
    const found = Bun.which(python, { PATH: env.PATH ?? "" });
    if (found === null) continue;
    const child = Bun.spawn([found, "-c", FITS], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      env: { ...env },
    });
    if ((await child.exited) === 0) return found;
  }
  throw new Error(
    `AppWorld needs Python 3.11 or later with venv, and there is none (looked for ${named ?? PYTHONS.join(", ")}). On Debian: apt-get install python3.11 python3.11-venv; or set STEPWELL_APPWORLD_PYTHON to one`,
  );
}

/** Runs a program to its end. Rejects with what it wrote when it fails. */
async function run(command: readonly string[], env: Variables, cwd?: string): Promise<void> {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0)
    throw new Error(`${command.join(" ")} failed with code ${code}:\n${`${out}${err}`.trim().slice(-4000)}`);
}
