import type { ExternalEnvironment, Protection, WorkerProgram } from "../environments/external.ts";
import type { Log } from "../util/log.ts";

/** Told once what keeps the model's code of an environment in, and what does not: for people. */
export type ShowProtections = (env_type: string, rows: readonly Protection[]) => void;

/**
 * The worker program of an environment whose engine runs what a model writes, as a process of this machine. Before the
 * first one is started the log says what keeps a model's code in here and what does not.
 */
export function announcedProgram(
  env_type: string,
  external: ExternalEnvironment,
  log: Log,
  show: ShowProtections,
): () => Promise<WorkerProgram> {
  let isAnnounced = false;
  return async () => {
    if (!isAnnounced) await announce(env_type, external, log, show);
    isAnnounced = true;
    return external.program();
  };
}

async function announce(
  env_type: string,
  { protections }: ExternalEnvironment,
  log: Log,
  show: ShowProtections,
): Promise<void> {
  if (!protections) return;
  const rows = await protections();
  const told = (holds: boolean) =>
    Object.fromEntries(rows.filter((row) => row.holds === holds).map(({ against, by }) => [against, by]));
  const open = told(false);
  const message = `workers of ${env_type} are processes of this machine: what keeps a model's code in, and what does not`;
  log.info(message, { env_type, protected: told(true), open });
  show(env_type, rows);
}
