import type { Environment } from "../environments/environment.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { RequestFrame } from "../protocol/frames.ts";
import { parseWorkerRequest, type WorkerReply } from "../protocol/worker-frames.ts";
import { type MaybePromise, whenSettled } from "../util/maybe-promise.ts";
import { EnvironmentHost } from "./environment-host.ts";
import { answerRequest } from "./host-answer.ts";

/** What the server's side says to a thread: first what it hosts, then requests. */
export type ToThread =
  | { readonly kind: "host"; readonly worker_id: string; readonly load: string }
  | { readonly kind: "requests"; readonly frames: readonly RequestFrame[] };

/** What a thread says: that it is ready or why it cannot be, then replies. */
export type FromThread =
  | { readonly kind: "ready" }
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "replies"; readonly frames: readonly WorkerReply[] };

/** The port of a thread, as a worker has it. */
interface ThreadPort {
  postMessage(message: FromThread): void;
  onmessage: ((event: { data: ToThread }) => void) | null;
}

declare const self: ThreadPort;

/** Runs in a thread: hosts an environment there and answers the server's requests, in the frames of every worker. */
export function serveThread(load: (name: string) => Environment | Promise<Environment>): void {
  let host: EnvironmentHost | null = null;
  self.onmessage = async ({ data }) => {
    switch (data.kind) {
      case "host":
        try {
          host = new EnvironmentHost(data.worker_id, await load(data.load));
          self.postMessage({ kind: "ready" });
        } catch (error) {
          self.postMessage({ kind: "broken", message: error instanceof Error ? error.message : String(error) });
        }
        return;
      case "requests": {
        const hosting = host;
        if (hosting === null) return;
        // One by one: the answers to the first requests of many need not wait for the last.
        for (const frame of data.frames) {
          whenSettled(answer(hosting, frame), (reply) => self.postMessage({ kind: "replies", frames: [reply] }));
        }
      }
    }
  };
}

function answer(host: EnvironmentHost, frame: RequestFrame): MaybePromise<WorkerReply> {
  try {
    const request = parseWorkerRequest(frame);
    // A thread is stopped when its instances are gone; until then nobody else sends it creates.
    return request.op === "drain" ? { re: request.id, ok: {} } : answerRequest(host, request);
  } catch (error) {
    if (error instanceof ProtocolError) return { re: frame.id, err: error.toWire() };
    const message = error instanceof Error ? error.message : String(error);
    return { re: frame.id, failure: { kind: "engine_error", message } };
  }
}
