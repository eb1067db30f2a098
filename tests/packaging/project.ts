import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dir, "../..");

/**
 * What `npm run` tells its children of this checkout: npm in another folder must not take it for its own. And the
 * NODE_ENV of `bun test`, with which `bun build` would take the development builds of dependencies.
 */
const OURS =
  /^(npm_(package|lifecycle)_|npm_config_(local_prefix|prefix)$|npm_(command|execpath|node_execpath)$|(INIT_CWD|NODE_ENV)$)/;

function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  // Without the Bun of this checkout on the PATH: the launcher has to find the one that was installed.
  const path = (process.env.PATH ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
  return { ...(Object.fromEntries(kept) as Record<string, string>), PATH: path.join(":") };
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end. */
export async function run(command: readonly string[], cwd: string): Promise<Outcome> {
  const child = Bun.spawn([...command], { cwd, env: environment(), stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

/** Runs a command that must end well; gives what it printed. */
export async function must(command: readonly string[], cwd: string): Promise<string> {
  const { code, out, err } = await run(command, cwd);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${out}\n${err}`);
  return out;
}

/** An empty project with the packed tarball installed, as a stranger's would be. */
export class Project implements Disposable {
  readonly folder: string;
  readonly tarball: string;

  private constructor(tarball: string, folder: string) {
    this.folder = folder;
    this.tarball = tarball;
  }

  /** Packs and installs with the install scripts off, as many machines have it: Bun's own did not run then. */
  static async install(): Promise<Project> {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-package-"));
    await must(["npm", "pack", "--pack-destination", folder], root);
    const [name] = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
    if (name === undefined) throw new Error("npm pack left no tarball");
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    await must(["npm", "install", "--ignore-scripts", `./${name}`, "bun-types@1.4.5"], folder);
    // The native addon is optional: everything has to work where it could not be installed.
    rmSync(join(folder, "node_modules/@msgpackr-extract"), { recursive: true, force: true });
    cpSync(join(import.meta.dir, "consumer"), folder, { recursive: true });
    return new Project(join(folder, name), folder);
  }

  run(...command: string[]): Promise<Outcome> {
    return run(command, this.folder);
  }

  must(...command: string[]): Promise<string> {
    return must(command, this.folder);
  }

  /**
   * Starts the installed server, or another executable of it; gives its address. Without npx, which does not pass a
   * SIGTERM on to what it runs: the server would outlive the test.
   */
  async serve(
    launcher = join(this.folder, "node_modules/.bin/stepwell"),
    ...args: string[]
  ): Promise<{ url: string; stop(): Promise<number> }> {
    const child = Bun.spawn([launcher, "serve", "--port", "0", "--env", "guess", ...args], {
      cwd: this.folder,
      env: environment(),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    let said = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += chunk;
      if (said.includes("\n")) break;
    }
    const url = /serves (\S+)/.exec(said)?.[1];
    if (url === undefined) throw new Error(`serve said no address: ${said}`);
    const stop = () => {
      child.kill("SIGTERM");
      return child.exited;
    };
    return { url, stop };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
