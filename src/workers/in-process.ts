import type { Launcher, Worker } from "../actors/ports.ts";
import type { Environment } from "../environments/environment.ts";
import { EnvironmentHost } from "./environment-host.ts";

/** Loads an environment: its data are read, or fetched, when the first worker is launched. */
export type LoadEnvironment = () => Environment | Promise<Environment>;

/**
 * Hosts a native environment in this process: the embedded default. A step is a plain call, so there is nothing to
 * kill; native engines bound their own work.
 */
export function inProcessLauncher(load: LoadEnvironment, capacity = 1_000_000): Launcher {
  return {
    kind: "in-process",
    async launch(worker_id: string): Promise<Worker> {
      const host = new EnvironmentHost(worker_id, await load());
      const { promise: gone, resolve } = Promise.withResolvers<string>();
      return { link: host, catalogue: host.catalogue, capacity, gone, stop: async () => resolve("stopped") };
    },
  };
}
