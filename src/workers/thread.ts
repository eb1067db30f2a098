import { existsSync } from "node:fs";
import type { Worker as LaunchedWorker, Launcher } from "../actors/ports.ts";
import type { RequestFrame } from "../protocol/frames.ts";
import type { Deadlines } from "../util/deadlines.ts";
import { RemoteChannel, type RemoteLimits } from "./remote-channel.ts";
import { remoteWorker } from "./remote-worker.ts";
import type { FromThread, ToThread } from "./thread-host.ts";

export interface ThreadLauncherOptions {
  readonly env_type: string;
  readonly deadlines: Deadlines;
  readonly limits: RemoteLimits;
  /** The program of the thread; without it one that hosts the native environments. */
  readonly program?: URL;
  /** What that program is told to load; the environment's type by default. */
  readonly load?: string;
  readonly capacity?: number;
}

const CAPACITY = 1_000_000;

/**
 * Hosts a native environment on a thread of this process: a long step there (a search through a million products) delays the
 * steps of that thread alone, never the sockets or another environment's. A message to a thread costs some ten microseconds, so
 * short steps are cheaper in the server's own thread.
 */
export function threadLauncher(options: ThreadLauncherOptions): Launcher {
  return { kind: "thread", launch: (worker_id, signal) => launch(options, worker_id, signal) };
}

async function launch(
  options: ThreadLauncherOptions,
  worker_id: string,
  signal?: AbortSignal,
): Promise<LaunchedWorker> {
  const { env_type, load = env_type, program = ownProgram(), capacity = CAPACITY } = options;
  const thread = new Worker(program.href, { name: `${env_type} ${worker_id}` });
  const post = (message: ToThread) => thread.postMessage(message);
  let batch: RequestFrame[] = [];
  const sink = {
    send: (frame: RequestFrame) => {
      if (batch.push(frame) > 1) return;
      queueMicrotask(() => {
        post({ kind: "requests", frames: batch });
        batch = [];
      });
    },
    close: () => thread.terminate(),
  };
  const channel = new RemoteChannel(worker_id, sink, options.deadlines, options.limits);
  const ready = Promise.withResolvers<void>();
  const fail = (reason: string) => {
    channel.lose(reason);
    ready.reject(new Error(reason));
  };
  thread.onmessage = ({ data }: MessageEvent<FromThread>) => {
    switch (data.kind) {
      case "ready":
        return ready.resolve();
      case "broken":
        return fail(data.message);
      case "replies":
        return channel.receive(data.frames);
    }
  };
  thread.onerror = ({ message }) => fail(`the thread failed: ${message}`);
  thread.addEventListener("close", () => fail("the thread ended"));
  const onAbort = () => fail("was stopped before it was ready");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    post({ kind: "host", worker_id, load });
    await ready.promise;
    return await remoteWorker({ channel, env_type, capacity, stop: async () => channel.lose("stopped") });
  } catch (error) {
    channel.lose("it did not come up");
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What a thread runs: a file beside this one; inside an executable of ours, where `build:executable` puts its second entry point. */
function ownProgram(): URL {
  const file = new URL("./thread-program.ts", import.meta.url);
  return existsSync(file) ? file : new URL("./workers/thread-program.ts", import.meta.url);
}
