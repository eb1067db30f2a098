import { nativeEnvironments } from "../environments/registry.ts";
import { EnvironmentHost } from "../workers/environment-host.ts";
import { serveWorker } from "../workers/host.ts";

export interface WorkerOptions {
  readonly environment: string;
  readonly url: string | undefined;
  readonly capacity: number | undefined;
}

/** Instances of a worker process that is not told another number. */
const CAPACITY = 1000;

/** Hosts a native environment for a server that is dialled, until its socket is gone. Returns the exit code. */
export async function runWorker({ environment, url, capacity }: WorkerOptions): Promise<number> {
  const { STEPWELL_WORKER_URL, STEPWELL_WORKER_TOKEN, STEPWELL_WORKER_ID, STEPWELL_WORKER_CAPACITY } = process.env;
  const native = nativeEnvironments[environment];
  if (!native) {
    console.error(`no environment "${environment}"; there are: ${Object.keys(nativeEnvironments).join(", ")}`);
    return 2;
  }
  const server = url ?? STEPWELL_WORKER_URL;
  if (!server) {
    console.error("say which server to dial: --url ws://HOST:PORT/v1/worker, or STEPWELL_WORKER_URL");
    return 2;
  }
  const loaded = await native.load((line) => process.stderr.write(`${line}\n`));
  const worker_id = STEPWELL_WORKER_ID;
  const host = new EnvironmentHost(worker_id ?? "", loaded);
  const reason = await serveWorker({
    url: server,
    token: STEPWELL_WORKER_TOKEN,
    worker_id,
    host,
    capacity: capacity ?? (Number(STEPWELL_WORKER_CAPACITY) || CAPACITY),
  });
  process.stderr.write(`the worker ends: ${reason}\n`);
  return 0;
}
