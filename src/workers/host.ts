import { decodeMessage, encodeMessage } from "../protocol/codec.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { type EventFrame, type Reply, type RequestFrame, repliesOf, requestsOf } from "../protocol/frames.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../protocol/version.ts";
import { parseWorkerRequest, type WorkerReply, type WorkerRequest } from "../protocol/worker-frames.ts";
import type { MaybePromise } from "../util/maybe-promise.ts";
import type { EnvironmentHost } from "./environment-host.ts";
import { answerRequest } from "./host-answer.ts";

export interface HostOptions {
  /** `ws+unix:/path/to/socket:/v1/worker` or `ws://host:port/v1/worker`. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly worker_id?: string | undefined;
  readonly host: EnvironmentHost;
  /** Instances that it takes at once. */
  readonly capacity: number;
}

/**
 * The TypeScript worker program: dials the server, says what it hosts and answers until the socket is gone. Resolves with
 * why it ended; rejects when the server cannot be reached or does not take it in. Whoever runs it ends the process then:
 * a worker does not outlive its server.
 */
export function serveWorker(options: HostOptions): Promise<string> {
  const { url, token, worker_id, host, capacity } = options;
  const { profile } = host.catalogue;
  const ended = Promise.withResolvers<string>();
  // Bun's own WebSocket takes the path of a unix socket after two slashes.
  const socket = new WebSocket(url.replace(/^ws\+unix:(?!\/\/)/, "ws+unix://"), SUBPROTOCOL);
  socket.binaryType = "arraybuffer";
  let isWelcome = false;
  let isDraining = false;

  const send = (frames: readonly WorkerReply[]) => {
    const [only] = frames;
    if (only) socket.send(encodeMessage(frames.length === 1 ? only : frames, "msgpack"));
    if (isDraining && host.size === 0) socket.close(1000, "drained");
  };

  const fail = (error: unknown) => {
    ended.reject(error instanceof Error ? error : new Error(String(error)));
    socket.close();
  };

  const answer = (request: WorkerRequest): MaybePromise<WorkerReply> => {
    if (request.op === "drain") {
      isDraining = true;
      return { re: request.id, ok: {} };
    }
    if (request.op === "create" && isDraining) {
      const message = "the worker drains and takes no more instances";
      return { re: request.id, failure: { kind: "worker_lost", message } };
    }
    return answerRequest(host, request);
  };

  const greet = (message: unknown) => {
    const [reply] = repliesOf(message, WIRE_LIMITS);
    if (!reply || !isErrorReply(reply)) {
      isWelcome = true;
      return;
    }
    ended.reject(ProtocolError.fromWire(reply.err));
    socket.close();
  };

  socket.onopen = () => {
    const { env_type, version } = profile;
    const hello = {
      ...{ id: 1, op: "hello", role: "worker", version: PROTOCOL_VERSION, capacity },
      ...{ env_types: [env_type], env_version: version },
      ...(token === undefined ? {} : { token }),
      ...(worker_id === undefined ? {} : { worker_id }),
    };
    socket.send(encodeMessage(hello, "msgpack"));
  };
  socket.onmessage = ({ data }) => {
    try {
      const message = decodeMessage(typeof data === "string" ? data : new Uint8Array(data), WIRE_LIMITS);
      if (!isWelcome) return greet(message);
      const now: WorkerReply[] = [];
      for (const frame of requestsOf(message, WIRE_LIMITS)) {
        const reply = answerFrame(frame, answer);
        if (reply instanceof Promise) reply.then((later) => send([later])).catch(fail);
        else now.push(reply);
      }
      send(now);
    } catch (error) {
      fail(error);
    }
  };
  socket.onclose = ({ code, reason }) => {
    if (isWelcome) ended.resolve(reason || `the server closed the socket (${code})`);
    else ended.reject(new Error(`the server at ${url} did not take the worker in (${code} ${reason})`));
  };
  return ended.promise;
}

function isErrorReply(frame: Reply | EventFrame): frame is Extract<Reply, { err: unknown }> {
  return "err" in frame && "re" in frame;
}

function answerFrame(
  frame: RequestFrame,
  answer: (request: WorkerRequest) => MaybePromise<WorkerReply>,
): MaybePromise<WorkerReply> {
  try {
    return answer(parseWorkerRequest(frame));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { re: frame.id, err: error.toWire() };
  }
}
