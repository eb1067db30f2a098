import { createActor } from "xstate";
import { decodeMessage, type Encoded, type Encoding, encodeReply, joinReplies } from "../protocol/codec.ts";
import { ERROR_CODES, ProtocolError } from "../protocol/errors.ts";
import type { Reply, RequestFrame } from "../protocol/frames.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import { parseRequest, type Request } from "../protocol/ops.ts";
import { ReplyCache } from "../protocol/reply-cache.ts";
import type { Clock } from "../util/clock.ts";
import type { Holder, Instance } from "./instance.ts";
import type { Answer } from "./instance-requests.ts";
import { sessionMachine } from "./session-machine.ts";

/** The live socket of a session, as the server hands it over. */
export interface SessionSocket {
  readonly encoding: Encoding;
  send(message: Encoded): void;
  close(code: number, reason: string): void;
}

export interface SessionLimits {
  readonly outlive_ms: number;
  readonly in_flight: number;
  readonly cache_count: number;
  readonly cache_bytes: number;
}

export interface SessionPorts {
  readonly clock: Clock;
  /** Does what a request asks; answers once. */
  perform(session: Session, request: Request, reply: (answer: Answer<unknown>) => void): void;
  ended(session: Session): void;
}

/**
 * One client across its reconnects: runs each numbered request once, keeps the replies as bytes until they are
 * acknowledged, and answers what comes again from there. It keeps its instances from idling while its socket answers.
 */
export class Session implements Holder {
  readonly id: string;
  readonly principal: string;
  readonly held = new Set<Instance>();
  readonly #ports: SessionPorts;
  readonly #limits: SessionLimits;
  readonly #cache: ReplyCache<Encoded>;
  readonly #actor;
  #socket: SessionSocket | null = null;
  #sockets = 0;
  #encoding: Encoding = "msgpack";
  #lastIdOnSocket = 0;
  #inFlight = 0;
  /** While a message is being handled, what it is answered with at once; it leaves as one batch. */
  #batch: Encoded[] | null = null;

  constructor(id: string, principal: string, limits: SessionLimits, ports: SessionPorts) {
    this.id = id;
    this.principal = principal;
    this.#ports = ports;
    this.#limits = limits;
    this.#cache = new ReplyCache(limits.cache_count, limits.cache_bytes);
    const machine = sessionMachine.provide({
      actions: {
        supersede: () => this.#socket?.close(ERROR_CODES.superseded.close, "superseded"),
        holdersGone: () => {
          for (const instance of this.held) instance.holderGone();
        },
        // A session that ends while a socket holds it ends with the server.
        forget: () => {
          this.#socket?.close(ERROR_CODES.shutting_down.close, "shutting_down");
          this.#socket = null;
          for (const instance of this.held) instance.holderGone();
          ports.ended(this);
        },
      },
    });
    this.#actor = createActor(machine, { clock: ports.clock, input: { outlive_ms: limits.outlive_ms } });
    this.#actor.start();
  }

  get live(): boolean {
    return this.#socket !== null;
  }

  /** Replies that are kept, and their bytes. */
  get kept(): { count: number; bytes: number } {
    return this.#cache.size;
  }

  /** A socket joins: the one before it, if any, is superseded. Returns the number to detach it with. */
  attach(socket: SessionSocket): number {
    const number = ++this.#sockets;
    this.#actor.send({ type: "ATTACH", socket: number });
    this.#socket = socket;
    this.#encoding = socket.encoding;
    this.#lastIdOnSocket = 0;
    return number;
  }

  detach(socket: number): void {
    if (socket === this.#sockets) this.#socket = null;
    this.#actor.send({ type: "DETACH", socket });
  }

  end(): void {
    this.#actor.send({ type: "END" });
  }

  /** Handles the requests of one message; what is answered at once goes back in one message. */
  receive(frames: readonly RequestFrame[]): void {
    const batch: Encoded[] = [];
    this.#batch = batch;
    try {
      for (const frame of frames) this.#receive(frame);
    } finally {
      // Also after a fault of ours: replies that come later would wait in the batch for ever.
      this.#batch = null;
    }
    this.#send(batch);
  }

  #receive(frame: RequestFrame): void {
    const { id } = frame;
    if (id <= this.#lastIdOnSocket) {
      const message = `request id ${id} does not rise: the one before it on this socket was ${this.#lastIdOnSocket}`;
      return this.#deliver(this.#refusal(id, new ProtocolError("duplicate_id", message)));
    }
    this.#lastIdOnSocket = id;
    const known = this.#cache.get(id);
    switch (known.state) {
      case "running":
        return;
      case "done":
        return this.#deliver(known.reply);
      case "expired": {
        const message = `the reply of request ${id} is kept no longer; the request is not run again`;
        return this.#deliver(this.#refusal(id, new ProtocolError("reply_expired", message)));
      }
      case "unknown":
        return this.#run(frame);
    }
  }

  #run(frame: RequestFrame): void {
    const { id } = frame;
    this.#cache.start(id);
    const request = this.#parse(frame);
    if (request instanceof ProtocolError) return this.#finish(id, { kind: "error", error: request });
    if (request.op === "ack") {
      this.#cache.ack(request.upto);
      return this.#finish(id, { kind: "ok", value: {} });
    }
    this.#inFlight++;
    this.#ports.perform(this, request, (answer) => {
      this.#inFlight--;
      this.#finish(id, answer);
    });
  }

  #parse(frame: RequestFrame): Request | ProtocolError {
    try {
      const request = parseRequest(frame);
      if (this.#inFlight < this.#limits.in_flight || request.op === "ack") return request;
      const message = `${this.#inFlight} requests are under way in this session: wait for replies before you send more`;
      return new ProtocolError("overloaded", message, { retry_after_ms: 100 });
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  }

  #finish(id: number, answer: Answer<unknown>): void {
    const reply = answer.kind === "ok" ? this.#encodeAnswer(id, answer.value) : this.#refusal(id, answer.error);
    this.#cache.finish(id, reply, reply.length);
    this.#deliver(reply);
  }

  /** An environment may answer what no frame can carry (a bigint): thrown here it would end up in its instance's machine. */
  #encodeAnswer(id: number, value: unknown): Encoded {
    try {
      return this.#encode({ re: id, ok: value });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return this.#refusal(id, new ProtocolError("internal", `the answer cannot be encoded: ${reason}`));
    }
  }

  #refusal(id: number, error: ProtocolError): Encoded {
    return this.#encode({ re: id, err: error.toWire() });
  }

  #encode(reply: Reply): Encoded {
    return encodeReply(reply, this.#encoding);
  }

  #deliver(reply: Encoded): void {
    if (this.#batch) this.#batch.push(reply);
    else this.#send([reply]);
  }

  #send(replies: readonly Encoded[]): void {
    if (!this.#socket || replies.length === 0) return;
    this.#socket.send(
      joinReplies(
        replies.map((reply) => this.#inEncoding(reply)),
        this.#encoding,
      ),
    );
  }

  /** A reply that was kept in the other encoding, for a client that resumed with this one. */
  #inEncoding(reply: Encoded): Encoded {
    if ((typeof reply === "string") === (this.#encoding === "json")) return reply;
    return this.#encode(decodeMessage(reply, { ...WIRE_LIMITS, message_bytes: Number.MAX_SAFE_INTEGER }) as Reply);
  }
}
