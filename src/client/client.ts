import { type Call, Calls, type Transport } from "../protocol/calls.ts";
import { decodeMessage, type Encoding, encodeMessage } from "../protocol/codec.ts";
import { ERROR_CODES, type ErrorCode, ProtocolError } from "../protocol/errors.ts";
import { type Reply, type RequestFrame, repliesOf } from "../protocol/frames.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import type { Welcome } from "../protocol/ops.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../protocol/version.ts";
import { backoff } from "../util/backoff.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { type Deadline, Deadlines } from "../util/deadlines.ts";
import { deferred } from "../util/deferred.ts";
import { outgoing } from "./outgoing.ts";
import { Pending } from "./pending.ts";
import { type ClientSocket, type OpenSocket, openSocket } from "./socket.ts";

export interface ConnectOptions {
  token?: string;
  /** Milliseconds for one call, reconnects included; the server may still do it. Default 300,000. */
  call_timeout_ms?: number;
  /** Milliseconds to go on trying to reach a server that was lost. Default 120,000. */
  reconnect_ms?: number;
  /** Text messages instead of msgpack, to look at. Default msgpack. */
  encoding?: Encoding;
  /** How a socket is opened; tests bring their own. */
  open?: OpenSocket;
  clock?: Clock;
  random?: () => number;
}

/** How late the deadline of a call may be noticed, ms. */
const DEADLINE_RESOLUTION_MS = 250;

/** How long a new socket may take until its welcome, ms: a network that swallows packets never closes it. */
const WELCOME_MS = 20_000;

/** Silence after which a server that owes replies is pinged, and after as much again given up for a new socket, ms. */
const SILENCE_MS = 30_000;

/** Replies after which the client tells the server that it has them. */
const ACK_EVERY = 256;

/** What a server may send: it may be larger than what it accepts, a task list for example. */
const INBOUND = { ...WIRE_LIMITS, message_bytes: 256 * 1024 * 1024, items: 64 * 1024 * 1024, depth: 128 };

/**
 * A client of one server, over one socket at a time. A cut socket is resumed by itself: every request runs once, its
 * caller sees a call that took longer. After `session_lost` (the server was restarted) open calls are rejected with it
 * and the client goes on with a new session.
 */
export class Client extends Calls implements AsyncDisposable {
  readonly #link: SocketTransport;

  constructor(link: SocketTransport) {
    super(link);
    this.#link = link;
  }

  /** What the server said of itself. */
  get welcome(): Welcome {
    return this.#link.welcome;
  }

  /** Closes the socket; open calls are rejected. */
  async close(): Promise<void> {
    this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Connects to `ws://HOST:PORT/v1` (`http://HOST:PORT` is accepted too). Rejects with a ProtocolError when refused. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  const link = new SocketTransport(socketUrl(url), options);
  await link.ready;
  return new Client(link);
}

function socketUrl(url: string): string {
  if (url.startsWith("ws+unix:")) return url;
  const parsed = new URL(url.replace(/^http/, "ws"));
  if (parsed.pathname === "/") parsed.pathname = "/v1";
  return parsed.href;
}

interface Silence {
  readonly deadline: Deadline;
  /** Whether anything came since the deadline was armed. */
  heard: boolean;
  readonly pinged: boolean;
}

class SocketTransport implements Transport {
  readonly ready: Promise<void>;
  readonly #url: string;
  readonly #options: Required<Omit<ConnectOptions, "token">> & Pick<ConnectOptions, "token">;
  readonly #pending = new Pending();
  /** One wheel for the deadlines of all calls: a timer a call would cost more than sending it. */
  readonly #deadlines: Deadlines;
  readonly #first = deferred<void>();
  /** The socket that was welcomed: requests go there. */
  #socket: ClientSocket | null = null;
  /** Gives up the newest socket, welcomed or not, for a reason that stands in the error of the last try. */
  #drop: (reason: string) => void = () => {};
  #retry: unknown = null;
  #silence: Silence | null = null;
  /** Sockets that were lost after their hello and before the welcome: it may arrive late and supersede a newer socket. */
  #ghosts = 0;
  #session: string | null = null;
  #welcome: Welcome | null = null;
  #attempt = 0;
  #lostAt: number | null = null;
  #closed: ProtocolError | null = null;

  constructor(url: string, options: ConnectOptions) {
    this.#url = url;
    this.#options = {
      call_timeout_ms: 300_000,
      reconnect_ms: 120_000,
      encoding: "msgpack",
      open: openSocket,
      clock: systemClock,
      random: Math.random,
      ...options,
    };
    this.#deadlines = new Deadlines(this.#options.clock, DEADLINE_RESOLUTION_MS);
    this.ready = this.#first.promise;
    void this.#open();
  }

  get welcome(): Welcome {
    if (!this.#welcome) throw new Error("the client is not connected yet");
    return this.#welcome;
  }

  send(calls: readonly Call[]): Promise<unknown>[] {
    const { call_timeout_ms } = this.#options;
    const frames: RequestFrame[] = [];
    const answers = calls.map(
      (call) =>
        new Promise<unknown>((resolve, reject) => {
          if (this.#closed) return reject(this.#closed);
          const deadline = this.#deadlines.arm(call_timeout_ms, () => this.#expire(frame.id));
          const settle = (finish: () => void) => {
            this.#deadlines.disarm(deadline);
            finish();
          };
          const frame = this.#pending.add(
            call,
            (value) => settle(() => resolve(value)),
            (error) => settle(() => reject(error)),
          );
          frames.push(frame);
        }),
    );
    this.#transmit(frames);
    return answers;
  }

  close(): void {
    this.#end(new ProtocolError("cancelled", "the client was closed"));
  }

  #transmit(frames: readonly RequestFrame[]): void {
    // Without a welcomed socket they wait: a resume sends whatever has no reply.
    if (!this.#socket || !this.#welcome || frames.length === 0) return;
    const most = this.#welcome.limits.message_bytes ?? WIRE_LIMITS.message_bytes;
    const refuse = (id: number, error: ProtocolError) => this.#pending.take(id)?.reject(error);
    for (const message of outgoing(frames, this.#options.encoding, most, refuse)) this.#socket.send(message);
    this.#silence ??= this.#listen(false);
  }

  async #open(): Promise<void> {
    let socket: ClientSocket;
    try {
      socket = await this.#options.open(this.#url, SUBPROTOCOL);
    } catch (error) {
      return this.#lost(1006, error instanceof Error ? error.message : String(error));
    }
    if (this.#closed) return socket.close(1000);
    const { clock } = this.#options;
    let live = true;
    let greeted = false;
    const lost = (code: number, reason: string) => {
      if (!live) return;
      live = false;
      clock.clearTimeout(late);
      if (greeted && this.#socket !== socket) this.#ghosts++;
      this.#lost(code, reason);
    };
    const drop = (reason: string) => {
      lost(1006, reason);
      socket.close(1000);
    };
    const late = clock.setTimeout(() => this.#socket !== socket && drop("no welcome in time"), WELCOME_MS);
    this.#drop = drop;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      if (!live) return;
      greeted = true;
      this.#hello(socket);
    });
    socket.addEventListener("message", ({ data }) => {
      if (!live) return;
      const wasWelcomed = this.#socket === socket;
      this.#receive(socket, data);
      if (!wasWelcomed && this.#socket === socket) clock.clearTimeout(late);
    });
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", ({ code, reason }) => lost(code, reason));
  }

  #hello(socket: ClientSocket): void {
    const { token, encoding } = this.#options;
    const resume = this.#session === null ? {} : { resume: { session: this.#session } };
    const hello = {
      id: 1,
      op: "hello",
      version: PROTOCOL_VERSION,
      ...(token === undefined ? {} : { token }),
      ...resume,
    };
    socket.send(encodeMessage(hello, encoding));
  }

  #receive(socket: ClientSocket, data: unknown): void {
    let frames: ReturnType<typeof repliesOf>;
    try {
      const message = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer);
      frames = repliesOf(decodeMessage(message, INBOUND), { batch: Number.MAX_SAFE_INTEGER });
    } catch {
      return socket.close(4400, "bad_frame");
    }
    if (this.#silence) this.#silence.heard = true;
    for (const frame of frames) {
      if (!("re" in frame)) continue;
      if (this.#socket === socket) this.#settle(frame as Reply);
      else this.#welcomed(socket, frame as Reply);
    }
    const upto = this.#pending.dueAck(ACK_EVERY);
    if (upto === null) return;
    this.#transmit([this.#pending.add({ op: "ack", upto }, ignore, ignore)]);
  }

  #welcomed(socket: ClientSocket, reply: Reply): void {
    if ("err" in reply) {
      const error = ProtocolError.fromWire(reply.err);
      if (error.code !== "session_lost") return this.#end(error);
      for (const { reject } of this.#pending.takeAll()) reject(error);
      this.#pending.restart();
      this.#session = null;
      this.#ghosts = 0;
      return this.#hello(socket);
    }
    this.#welcome = reply.ok as Welcome;
    this.#session = this.#welcome.session;
    this.#socket = socket;
    this.#attempt = 0;
    this.#lostAt = null;
    this.#first.resolve();
    this.#transmit(this.#pending.frames());
  }

  #settle(reply: Reply): void {
    const waiting = this.#pending.take(reply.re);
    if (!waiting) return;
    if ("ok" in reply) waiting.resolve(reply.ok);
    else waiting.reject(ProtocolError.fromWire(reply.err));
  }

  #expire(id: number): void {
    const message = `no answer within ${this.#options.call_timeout_ms} ms; the server may still do it`;
    this.#pending.take(id)?.reject(new ProtocolError("timeout", message));
  }

  /** Watches, while replies are owed, for a socket that is cut without a word: nothing else would close it for minutes. */
  #listen(pinged: boolean): Silence {
    const deadline = this.#deadlines.arm(SILENCE_MS, () => this.#checkSilence());
    return { deadline, heard: false, pinged };
  }

  #checkSilence(): void {
    const { heard, pinged } = this.#silence ?? { heard: true, pinged: false };
    this.#silence = null;
    if (!this.#socket || this.#pending.size === 0) return;
    if (pinged && !heard) return this.#drop("the server went silent");
    this.#silence = this.#listen(!heard);
    if (!heard) this.#transmit([this.#pending.add({ op: "ping" }, ignore, ignore)]);
  }

  #lost(code: number, reason: string): void {
    this.#socket = null;
    this.#hush();
    if (this.#closed) return;
    const { clock, random, reconnect_ms } = this.#options;
    const refusal = this.#isGhost(code) ? null : refusalOf(code, reason);
    if (refusal) return this.#end(refusal);
    this.#lostAt ??= clock.now();
    if (clock.now() - this.#lostAt >= reconnect_ms || (this.#welcome === null && this.#attempt >= FIRST_TRIES)) {
      return this.#end(
        new ProtocolError("worker_lost", `${this.#url} cannot be reached: ${reason || `close code ${code}`}`),
      );
    }
    this.#retry = clock.setTimeout(() => void this.#open(), backoff(this.#attempt++, 50, 5000, random));
  }

  /** Whether we were superseded by a hello of our own that came late. Each can do that once, so this ends. */
  #isGhost(code: number): boolean {
    if (code !== ERROR_CODES.superseded.close || this.#ghosts === 0) return false;
    this.#ghosts--;
    return true;
  }

  #hush(): void {
    if (this.#silence) this.#deadlines.disarm(this.#silence.deadline);
    this.#silence = null;
  }

  #end(error: ProtocolError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#first.reject(error);
    for (const { reject } of this.#pending.takeAll()) reject(error);
    this.#hush();
    this.#options.clock.clearTimeout(this.#retry);
    // Also one that was not welcomed yet: it would hold the session, and the process, for good.
    this.#drop("closed");
  }
}

function ignore(): void {}

/** Tries of a first connection: a wrong address should not take the time that a restart of a known server may. */
const FIRST_TRIES = 3;

/** The error behind a close code that a new try would meet again, or null. */
function refusalOf(code: number, reason: string): ProtocolError | null {
  const known = (Object.entries(ERROR_CODES) as [ErrorCode, (typeof ERROR_CODES)[ErrorCode]][]).find(
    ([, facts]) => facts.close === code,
  );
  if (!known || known[1].retryable) return null;
  return new ProtocolError(known[0], `the server closed the connection: ${reason || known[1].text}`);
}
