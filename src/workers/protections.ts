import type { ExternalEnvironment, WorkerProgram } from "../environments/external.ts";
import type { Log } from "../util/log.ts";

/**
 * The worker program of an environment whose engine runs what a model writes, as a process of this machine. Before the
 * first one is started the log says what keeps a model's code in here and what does not.
 */
export function announcedProgram(
  env_type: string,
  external: ExternalEnvironment,
  log: Log,
): () => Promise<WorkerProgram> {
  let isAnnounced = false;
  return async () => {
    if (!isAnnounced) await announce(env_type, external, log);
    isAnnounced = true;
    return external.program();
  };
}

async function announce(env_type: string, { protections }: ExternalEnvironment, log: Log): Promise<void> {
  if (!protections) return;
  const rows = await protections();
  const told = (holds: boolean) =>
    Object.fromEntries(rows.filter((row) => row.holds === holds).map(({ against, by }) => [against, by]));
  const open = told(false);
  const message = `workers of ${env_type} are processes of this machine: what keeps a model's code in, and what does not`;
  log.info(message, { env_type, protected: told(true), open });
}
