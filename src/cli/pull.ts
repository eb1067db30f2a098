import type { PullRequest } from "../environments/native.ts";
import { nativeEnvironments } from "../environments/registry.ts";

/** Fetches the data of an environment, or a part of them, or takes them from a folder. Returns the exit code. */
export async function runPull(env_type: string, what: PullRequest): Promise<number> {
  const native = nativeEnvironments[env_type];
  if (!native) {
    console.error(`no environment "${env_type}"; there are: ${Object.keys(nativeEnvironments).join(", ")}`);
    return 2;
  }
  if (!native.pull) {
    console.log(`${env_type} needs no data`);
    return 0;
  }
  try {
    console.log(await native.pull((line) => process.stderr.write(`${line}\n`), what));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
