import { ProtocolError } from "../protocol/errors.ts";
import { perform } from "./perform.ts";
import type { Clock, Ids } from "./ports.ts";
import { Session, type SessionLimits } from "./session.ts";
import type { System } from "./system.ts";

/** Every session of a server: opens them, finds the one to resume, and forgets those that ended. */
export class Sessions {
  readonly #system: System;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();

  constructor(system: System, ports: { ids: Ids; clock: Clock; limits: SessionLimits }) {
    this.#system = system;
    this.#ids = ports.ids;
    this.#clock = ports.clock;
    this.#limits = ports.limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Replies that are kept until clients acknowledge them, and their bytes. */
  get kept(): { count: number; bytes: number } {
    const all = [...this.#sessions.values()].map(({ kept }) => kept);
    return {
      count: all.reduce((sum, { count }) => sum + count, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  open(principal: string): Session {
    const session = new Session(this.#ids.session(), principal, this.#limits, {
      clock: this.#clock,
      perform: (from, request, reply) => perform(this.#system, { principal, holder: from }, request, reply),
      ended: ({ id }) => this.#sessions.delete(id),
    });
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The session of that name. Another principal's does not exist. Throws `session_lost`. */
  resume(principal: string, id: string): Session {
    const session = this.#sessions.get(id);
    if (session?.principal === principal) return session;
    throw new ProtocolError("session_lost", "the session to resume is not known here: say hello without `resume`");
  }

  /** Ends every session, and closes their sockets with `shutting_down`. */
  endAll(): void {
    for (const session of [...this.#sessions.values()]) session.end();
  }
}
