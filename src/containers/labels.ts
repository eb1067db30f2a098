import type { Owner } from "./owner.ts";

/** What every container of ours says of itself, so that it can be found and ended when nobody else does. */
export interface ContainerLabels {
  /** The `Containers` that made it. */
  readonly server: string;
  /** Short name of the server's machine. */
  readonly node: string;
  readonly worker_id: string;
  readonly env_type: string;
  readonly owner: Owner;
}

const PREFIX = "stepwell.";
/** The label that all of ours have. */
export const OURS = `${PREFIX}worker`;

export function writeLabels(labels: ContainerLabels): Record<string, string> {
  return {
    [OURS]: labels.worker_id,
    [`${PREFIX}server`]: labels.server,
    [`${PREFIX}node`]: labels.node,
    [`${PREFIX}env`]: labels.env_type,
    [`${PREFIX}owner.pid`]: String(labels.owner.pid),
    [`${PREFIX}owner.started`]: labels.owner.started,
    [`${PREFIX}owner.boot`]: labels.owner.boot,
    [`${PREFIX}owner.pid_space`]: labels.owner.pid_space,
  };
}

/** The labels of a container; null when they are not ours, or not whole. */
export function readLabels(labels: Readonly<Record<string, string>>): ContainerLabels | null {
  const worker_id = labels[OURS];
  const pid = Number(labels[`${PREFIX}owner.pid`]);
  const boot = labels[`${PREFIX}owner.boot`];
  if (worker_id === undefined || boot === undefined || !Number.isSafeInteger(pid) || pid < 1) return null;
  return {
    worker_id,
    server: labels[`${PREFIX}server`] ?? "",
    node: labels[`${PREFIX}node`] ?? "",
    env_type: labels[`${PREFIX}env`] ?? "",
    owner: {
      pid,
      boot,
      started: labels[`${PREFIX}owner.started`] ?? "",
      pid_space: labels[`${PREFIX}owner.pid_space`] ?? "",
    },
  };
}
