import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ExternalEnvironment, WorkerProgram } from "../external.ts";
import { allInputs, namedPath } from "../worker-inputs.ts";
import { appworldPaths } from "./paths.ts";
import { pullAppworld } from "./pull.ts";

const MIB = 1024 * 1024;

/** AppWorld as the server and the command line know it: the official Python engine in a worker of its own. */
export const appworld: ExternalEnvironment = {
  container: {
    image: "appworld",
    // Each process that runs a model's code gets a uid of its own, and is killed from outside.
    is_root: true,
    capabilities: ["SETUID", "SETGID", "KILL"],
    memory_bytes: 6 * 1024 * MIB,
    processes: 1024,
    writable: { "/tmp": 256 * MIB },
    inputs: () => {
      const data = join(appworldPaths(process.env).root, "data");
      return allInputs(
        // Without data here it serves the small set of its image.
        { reads: existsSync(data) ? { [data]: "/srv/appworld/data" } : {}, variables: {} },
        namedPath("STEPWELL_APPWORLD_TEMPLATE", process.env.STEPWELL_APPWORLD_TEMPLATE),
      );
    },
  },
  worker_bytes: 400 * MIB,
  program: () => programOf(process.env),
  pull: (progress, options) => pullAppworld(process.env, progress, options),
};

/** The worker program in the virtual environment that `stepwell pull appworld` makes. Throws an Error that says so. */
function programOf(env: Readonly<Record<string, string | undefined>>): WorkerProgram {
  const { venv, root, warm_up } = appworldPaths(env);
  const worker = join(venv, "bin", "stepwell-worker");
  if (!existsSync(worker)) {
    throw new Error(`the engine of AppWorld is not installed (no ${worker}): run \`stepwell pull appworld\` first`);
  }
  if (!existsSync(join(root, "data"))) {
    throw new Error(
      `there are no tasks of AppWorld in ${root}: run \`stepwell pull appworld\`, with --mini for a small set`,
    );
  }
  return {
    command: [worker, "stepwell_appworld.environment:AppWorld"],
    env: { STEPWELL_APPWORLD_ROOT: root, STEPWELL_APPWORLD_WARM_UP: warm_up },
  };
}
