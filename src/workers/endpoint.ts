import { randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, chownSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ServerWebSocket } from "bun";
import { ProtocolError } from "../protocol/errors.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import { SUBPROTOCOL } from "../protocol/version.ts";
import type { WorkerHello } from "../protocol/worker-frames.ts";
import type { Deadlines } from "../util/deadlines.ts";
import type { Log } from "../util/log.ts";
import { makeEndpointFolder } from "./endpoint-folders.ts";
import type { RemoteChannel, RemoteLimits } from "./remote-channel.ts";
import { WorkerSocket } from "./worker-socket.ts";

/** What every launcher of remote workers is given. */
export interface LaunchContext {
  /** What the welcome says of the server. */
  readonly server: string;
  readonly deadlines: Deadlines;
  readonly limits: RemoteLimits;
  readonly log: Log;
}

export interface EndpointOptions extends LaunchContext {
  readonly worker_id: string;
  /** Who may reach the socket, where that is another user than ours: a container's. Only root can give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Where one worker registers: a unix socket in a folder of its own, that takes worker frames only. */
export interface Endpoint {
  /** The folder with the socket: a container gets it mounted. */
  readonly dir: string;
  /** Name of the socket in it. */
  readonly socket: string;
  /** What a worker on this machine dials, as `STEPWELL_WORKER_URL`. */
  readonly url: string;
  /** Registers once, as `STEPWELL_WORKER_TOKEN`. */
  readonly token: string;
  /** The worker, when it has registered. */
  readonly arrived: Promise<{ readonly channel: RemoteChannel; readonly hello: WorkerHello }>;
  /** Closes the socket and removes the folder. Idempotent. */
  close(): void;
}

const SOCKET = "worker.sock";
/** Bytes of a unix socket's path on Linux, its end included; macOS has 104. */
const MOST_PATH = 104;

/** Opens the endpoint of one worker. */
export function openEndpoint(options: EndpointOptions): Endpoint {
  const dir = makeEndpointFolder();
  const path = join(dir, SOCKET);
  if (path.length >= MOST_PATH) {
    rmSync(dir, { recursive: true, force: true });
    throw new Error(`${path} is too long for a unix socket: set STEPWELL_RUNTIME_DIR to a shorter folder`);
  }
  const token = randomBytes(24).toString("base64url");
  const arrival = Promise.withResolvers<{ channel: RemoteChannel; hello: WorkerHello }>();
  let isTaken = false;
  const admit = (hello: WorkerHello): string => {
    if (!sameToken(hello.token ?? "", token)) {
      throw new ProtocolError("unauthorized", "this token is not the one of this endpoint");
    }
    if (isTaken) throw new ProtocolError("unauthorized", "a worker has registered with this token already");
    isTaken = true;
    return options.worker_id;
  };
  const ports = {
    ...options,
    admit,
    arrived: (channel: RemoteChannel, hello: WorkerHello) => arrival.resolve({ channel, hello }),
  };
  const server = Bun.serve({ unix: path, ...workerHandlers(() => new SocketData(ports)) });
  chmodSync(path, 0o600);
  if (options.owner && process.getuid?.() === 0) {
    chownSync(path, options.owner.uid, options.owner.gid);
    chownSync(dir, options.owner.uid, options.owner.gid);
  }
  return {
    dir,
    socket: SOCKET,
    url: `ws+unix:${path}:/v1/worker`,
    token,
    arrived: arrival.promise,
    close: () => {
      void server.stop(true);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

type Ports = ConstructorParameters<typeof WorkerSocket>[1];

class SocketData {
  readonly ports: Ports;
  worker: WorkerSocket | null = null;

  constructor(ports: Ports) {
    this.ports = ports;
  }
}

/** Handlers of a Bun.serve that takes workers at `/v1/worker` and nothing else. */
function workerHandlers(data: () => SocketData) {
  return {
    fetch(request: Request, server: { upgrade(request: Request, options: object): boolean }) {
      if (new URL(request.url).pathname !== "/v1/worker") return new Response("workers only", { status: 404 });
      const offered = request.headers.get("sec-websocket-protocol")?.includes(SUBPROTOCOL);
      const headers = offered ? { "Sec-WebSocket-Protocol": SUBPROTOCOL } : {};
      if (server.upgrade(request, { data: data(), headers })) return undefined;
      return new Response("connect with a WebSocket here", { status: 426 });
    },
    websocket: {
      maxPayloadLength: 2 * WIRE_LIMITS.message_bytes,
      // Heartbeats of our own say whether a worker lives.
      idleTimeout: 0,
      open(ws: ServerWebSocket<SocketData>) {
        ws.data.worker = new WorkerSocket(ws, ws.data.ports);
      },
      message(ws: ServerWebSocket<SocketData>, message: string | Buffer) {
        ws.data.worker?.message(message);
      },
      close(ws: ServerWebSocket<SocketData>) {
        ws.data.worker?.gone();
      },
    },
  };
}

function sameToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
