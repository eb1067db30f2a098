import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { Sessions } from "../actors/sessions.ts";
import type { System } from "../actors/system.ts";
import { ERROR_CODES } from "../protocol/errors.ts";
import type { Emit } from "../protocol/events.ts";
import type { WireLimits } from "../protocol/limits.ts";
import { SUBPROTOCOL } from "../protocol/version.ts";
import { Connection, type RawSocket } from "./connection.ts";
import { olderRoutes } from "./http/older-routes.ts";
import { bearerToken, type Principals } from "./principals.ts";

/** Seconds without a sign of life after which a socket is gone. Bun pings by itself, so a busy trainer stays. */
const SOCKET_IDLE_S = 120;

/** What takes the messages of one socket: a client's connection, or a worker. */
interface SocketEnd {
  message(data: Uint8Array | string): void;
  gone(): void;
}

export interface SocketData {
  readonly token: string | null;
  readonly isWorker: boolean;
  connection: SocketEnd | null;
}

interface Upgrader {
  upgrade(request: Request, options: { data: SocketData; headers?: Record<string, string> }): boolean;
}

export interface ServerPorts {
  readonly system: System;
  readonly sessions: Sessions;
  readonly principals: Principals;
  readonly limits: WireLimits;
  readonly version: string;
  /** Whether a request has to name this machine as its host: without a token, a page whose name was rebound could drive us. */
  readonly loopbackOnly: boolean;
  readonly emit: Emit;
  /** Takes in a worker that dials in at /v1/worker; null where none is taken. */
  readonly acceptWorker: ((socket: RawSocket, token: string | null) => SocketEnd) | null;
  /** The metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

/** The handlers of a Bun.serve: its own, or the one of a program that embeds us. */
export interface Handlers {
  /** Answers a request, or upgrades it (then undefined). Paths that are not ours get 404. */
  fetch(request: Request, server: Upgrader): Response | Promise<Response> | undefined;
  readonly websocket: WebSocketHandler<SocketData>;
}

export function handlers(ports: ServerPorts): Handlers {
  const { system, sessions, principals, limits, version, emit } = ports;
  const connectionPorts = {
    deadlines: system.deadlines,
    sessions,
    principals,
    limits,
    describe: () => ({
      server: `stepwell ${version}`,
      limits: { ...limits },
      environments: system.profiles(),
      endpoints: [],
    }),
  };
  return {
    fetch(request, server) {
      const { pathname } = new URL(request.url);
      const refusal = ports.loopbackOnly ? refuseHost(request) : null;
      if (refusal) return refusal;
      switch (pathname) {
        case "/v1":
          return upgrade(request, server, false);
        case "/v1/worker":
          return ports.acceptWorker ? upgrade(request, server, true) : noWorkers();
        case "/healthz":
          return new Response("OK\n");
        case "/readyz":
          return readyz(system);
        case "/metrics":
          return metrics(request, ports);
        default:
          return refuseOrigin(request) ?? olderRoutes(request, pathname, ports) ?? notFound(pathname);
      }
    },
    websocket: {
      maxPayloadLength: 2 * limits.message_bytes,
      idleTimeout: SOCKET_IDLE_S,
      sendPings: true,
      perMessageDeflate: false,
      // Our own bound (limits.outbound_bytes) closes with a code before Bun's drops messages without one.
      backpressureLimit: 4 * limits.outbound_bytes,
      open(ws) {
        const { isWorker, token } = ws.data;
        const raw = rawSocket(ws, emit);
        ws.data.connection =
          isWorker && ports.acceptWorker ? ports.acceptWorker(raw, token) : new Connection(raw, token, connectionPorts);
      },
      message(ws, data) {
        emit({ kind: "bytes", direction: "in", bytes: data.length });
        ws.data.connection?.message(data);
      },
      close(ws) {
        ws.data.connection?.gone();
      },
    },
  };
}

function notFound(pathname: string): Response {
  return Response.json({ detail: `no route ${pathname}; the WebSocket is at /v1` }, { status: 404 });
}

function noWorkers(): Response {
  return Response.json({ detail: "this server takes no workers: it has no worker_token" }, { status: 403 });
}

function upgrade(request: Request, server: Upgrader, isWorker: boolean): Response | undefined {
  const refusal = refuseOrigin(request);
  if (refusal) return refusal;
  const offered = request.headers.get("sec-websocket-protocol");
  const isOurs = offered?.split(",").some((name) => name.trim() === SUBPROTOCOL) ?? false;
  // Left alone, Bun would agree to whatever stands first.
  if (offered !== null && !isOurs) return otherSubprotocol(offered);
  const headers = isOurs ? { "Sec-WebSocket-Protocol": SUBPROTOCOL } : undefined;
  const data: SocketData = { token: bearerToken(request.headers), isWorker, connection: null };
  if (server.upgrade(request, headers ? { data, headers } : { data })) return undefined;
  return Response.json({ detail: "connect with a WebSocket here" }, { status: 426 });
}

function otherSubprotocol(offered: string): Response {
  const detail = `the subprotocol here is ${SUBPROTOCOL}, not ${offered.slice(0, 256)}: offer it, or none`;
  const { http, retryable } = ERROR_CODES.unsupported_version;
  return Response.json({ detail, code: "unsupported_version", retryable }, { status: http });
}

function refuseHost(request: Request): Response | null {
  const host = request.headers.get("host");
  if (host === null || isLoopback(URL.parse(`http://${host}`)?.hostname ?? "")) return null;
  return Response.json(
    { detail: `host ${host} is not allowed: connect to 127.0.0.1, or set a token` },
    { status: 403 },
  );
}

/** Whether a host name or address means this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A page of another site must not drive the server of whoever looks at it. */
function refuseOrigin(request: Request): Response | null {
  const origin = request.headers.get("origin");
  if (origin === null || URL.parse(origin)?.host === request.headers.get("host")) return null;
  const detail = `origin ${origin} is not allowed: connect from a page of this server's own host, or without Origin`;
  return Response.json({ detail }, { status: 403 });
}

/** The metrics, for whoever has a token where one is needed: names of environments and amounts of work are not public. */
async function metrics(request: Request, ports: ServerPorts): Promise<Response> {
  try {
    ports.principals.identify(bearerToken(request.headers));
  } catch (error) {
    return Response.json({ detail: error instanceof Error ? error.message : "refused" }, { status: 401 });
  }
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return new Response(await ports.metrics(), { headers });
}

function readyz(system: System): Response {
  const { ready, loading, unavailable } = system.readiness;
  return Response.json({ ready, loading, unavailable }, { status: ready ? 200 : 503 });
}

function rawSocket(ws: ServerWebSocket<SocketData>, emit: Emit) {
  return {
    send: (message: Uint8Array<ArrayBuffer> | string) => {
      emit({ kind: "bytes", direction: "out", bytes: message.length });
      ws.send(message);
    },
    close: (code: number, reason: string) => ws.close(code, reason),
    buffered: () => ws.getBufferedAmount(),
  };
}
