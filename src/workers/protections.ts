import type { Launcher, Worker } from "../actors/ports.ts";
import type { Protection } from "../protocol/worker-answers.ts";
import type { Log } from "../util/log.ts";

/**
 * Told once what keeps the model's code of an environment in, and what does not: for people. `where` completes "its workers
 * are".
 */
export type ShowProtections = (env_type: string, where: string, rows: readonly Protection[]) => void;

interface AnnounceOptions {
  readonly env_type: string;
  readonly where: string;
  readonly log: Log;
  readonly show: ShowProtections;
}

/** A launcher whose first worker is announced before it is used: what keeps a model's code in where it runs, and what does not. */
export function announced(launcher: Launcher, options: AnnounceOptions): Launcher {
  let isAnnounced = false;
  return {
    kind: launcher.kind,
    async launch(worker_id, signal) {
      const worker = await launcher.launch(worker_id, signal);
      if (!isAnnounced) announce(worker, options);
      isAnnounced = true;
      return worker;
    },
  };
}

function announce({ protections }: Worker, { env_type, where, log, show }: AnnounceOptions): void {
  if (!protections) return;
  const told = (holds: boolean) =>
    Object.fromEntries(protections.filter(({ up }) => up === holds).map(({ wall, what }) => [wall, what]));
  const message = `workers of ${env_type} are ${where}: what keeps a model's code in, and what does not`;
  log.info(message, { env_type, protected: told(true), open: told(false) });
  show(env_type, where, protections);
}
