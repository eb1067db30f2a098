import { homedir } from "node:os";
import { join } from "node:path";

/** Where fetched data are kept: STEPWELL_CACHE, else `stepwell` under XDG_CACHE_HOME or ~/.cache. */
export function cacheDir(env: Readonly<Record<string, string | undefined>>): string {
  if (env.STEPWELL_CACHE) return env.STEPWELL_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "stepwell");
}
