import { join } from "node:path";
import { cacheDir } from "../../util/cache-dir.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Where `stepwell pull appworld` puts things, each of which a variable of its name may move. */
export interface AppWorldPaths {
  /** Virtual environment with the worker program and the pinned engine: STEPWELL_APPWORLD_VENV. */
  readonly venv: string;
  /** Folder whose `data` is the task set: STEPWELL_APPWORLD_ROOT. */
  readonly root: string;
  /** What a worker plays as it starts: STEPWELL_APPWORLD_WARM_UP. */
  readonly warm_up: string;
}

export function appworldPaths(env: Variables): AppWorldPaths {
  const home = join(cacheDir(env), "appworld");
  return {
    venv: env.STEPWELL_APPWORLD_VENV || join(home, "venv"),
    root: env.STEPWELL_APPWORLD_ROOT || join(home, "root"),
    warm_up: env.STEPWELL_APPWORLD_WARM_UP || join(home, "warm-up"),
  };
}
