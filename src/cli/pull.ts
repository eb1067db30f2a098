import type { Progress, PullRequest } from "../environments/native.ts";
import { externalEnvironments, nativeEnvironments } from "../environments/registry.ts";

interface PullFlags extends PullRequest {
  /** A small set that is made here, for an environment that can. */
  readonly mini: boolean;
}

/**
 * Fetches the data of an environment, or a part of them, takes them from a folder, or makes a small set. Returns the exit
 * code.
 */
export async function runPull(env_type: string, { mini, ...what }: PullFlags): Promise<number> {
  const native = nativeEnvironments[env_type];
  const external = externalEnvironments[env_type];
  if (!native && !external) {
    const names = [...Object.keys(nativeEnvironments), ...Object.keys(externalEnvironments)];
    console.error(`no environment "${env_type}"; there are: ${names.join(", ")}`);
    return 2;
  }
  const progress: Progress = (line) => process.stderr.write(`${line}\n`);
  try {
    if (native && mini) throw new Error(`${env_type} has no small set`);
    if (external && what.part !== null) throw new Error(`${env_type} has no part ${what.part}`);
    const where = native
      ? await native.pull?.(progress, what)
      : await external?.pull?.(progress, { from: what.from, mini });
    console.log(where ?? `${env_type} needs no data`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
