import type { SlotAsk } from "./instance-effects.ts";

/** Asks that are placed together or not at all: one create, or one recovering instance. */
export interface Ticket {
  readonly id: string;
  readonly principal: string;
  /** The session that asked, "" for a caller without one. */
  readonly session: string;
  readonly recovering: boolean;
  /** Asks that belong to it; it can be placed when all of them are here. */
  readonly size: number;
  readonly asks: readonly SlotAsk[];
}

export interface WorkerRecord {
  readonly worker_id: string;
  readonly capacity: number;
  /** Instances that it holds. */
  readonly used: number;
  /** Instances that it was ever given. */
  readonly served: number;
  /** As its last heartbeat said; 0 before the first. */
  readonly rss_bytes: number;
  /** It takes no more instances and is stopped after its last one. */
  readonly retiring: boolean;
  /** It let a deadline pass: it takes no instances until it gives a sign of life. */
  readonly suspect: boolean;
  /** It came by itself: it counts for nobody's `max_workers` and is never stopped for want of work. */
  readonly arrived: boolean;
}

export interface Placement {
  readonly ask: SlotAsk;
  readonly worker_id: string;
}

/** Adds an ask to its ticket, or opens one: recovering ones first, the others in order of arrival. */
export function addAsk(queue: readonly Ticket[], ask: SlotAsk): readonly Ticket[] {
  const { group, principal, recovering } = ask;
  const open = queue.findIndex((ticket) => ticket.id === group.id);
  if (open >= 0) {
    return queue.map((ticket, index) => {
      if (index !== open) return ticket;
      const asks = [...ticket.asks, ask];
      return { ...ticket, asks, size: Math.max(ticket.size, asks.length) };
    });
  }
  const { id, session, size } = group;
  const ticket: Ticket = { id, principal, session, recovering, size, asks: [ask] };
  if (!recovering) return [...queue, ticket];
  const behind = queue.findIndex((other) => !other.recovering);
  return behind < 0 ? [...queue, ticket] : queue.toSpliced(behind, 0, ticket);
}

/** Takes an ask back; its ticket shrinks, and goes when it is empty. */
export function withdrawAsk(queue: readonly Ticket[], instance_id: string): readonly Ticket[] {
  return queue.flatMap((ticket) => {
    const asks = ticket.asks.filter((ask) => ask.instance_id !== instance_id);
    if (asks.length === ticket.asks.length) return [ticket];
    return asks.length === 0 ? [] : [{ ...ticket, asks, size: ticket.size - 1 }];
  });
}

/** Who was served last: the next place goes to another one that waits, if there is one. */
export interface Turns {
  readonly principal: string | null;
  /** Of each principal that was ever served, its session that was. */
  readonly sessions: Readonly<Record<string, string>>;
}

export interface Admission {
  readonly queue: readonly Ticket[];
  readonly workers: readonly WorkerRecord[];
  readonly placements: readonly Placement[];
  readonly turns: Turns;
}

/**
 * Places tickets while there is room: recovering ones first, then the principals in turn, of each its sessions in turn, of
 * each of those in order of arrival; each instance on the worker with the most room. A ticket whose turn it is and that does not fit holds the line, or a large
 * group would wait for ever behind small ones.
 */
export function admit(from: Omit<Admission, "placements">): Admission {
  let { queue, turns } = from;
  if (queue.length === 0) return { ...pick(from), placements: [] };
  const workers = from.workers.map((worker) => ({ ...worker }));
  const placements: Placement[] = [];
  for (;;) {
    const ticket = nextTicket(queue, turns);
    if (!ticket || ticket.asks.length < ticket.size) break;
    if (workers.reduce((sum, worker) => sum + room(worker), 0) < ticket.size) break;
    for (const ask of ticket.asks) {
      const worker = workers.reduce((best, other) => (room(other) > room(best) ? other : best));
      worker.used++;
      worker.served++;
      placements.push({ ask, worker_id: worker.worker_id });
    }
    queue = queue.filter((other) => other !== ticket);
    if (ticket.recovering) continue;
    const { principal, session } = ticket;
    turns = { principal, sessions: { ...turns.sessions, [principal]: session } };
  }
  return { queue, workers, placements, turns };
}

/** Instances that a worker still takes. */
export function room(worker: WorkerRecord): number {
  return worker.retiring || worker.suspect ? 0 : Math.max(0, worker.capacity - worker.used);
}

function pick({ queue, workers, turns }: Omit<Admission, "placements">) {
  return { queue, workers, turns };
}

function nextTicket(queue: readonly Ticket[], turns: Turns): Ticket | undefined {
  const first = queue[0];
  if (!first || first.recovering) return first;
  const principal = nextTurn(
    queue.map((ticket) => ticket.principal),
    turns.principal,
  );
  const own = queue.filter((ticket) => ticket.principal === principal);
  const session = nextTurn(
    own.map((ticket) => ticket.session),
    turns.sessions[principal] ?? null,
  );
  return own.find((ticket) => ticket.session === session);
}

/** The name after the last one in alphabetical order, then from the first again. */
function nextTurn(names: readonly string[], last: string | null): string {
  const waiting = [...new Set(names)].sort();
  return waiting.find((name) => last !== null && name > last) ?? waiting[0] ?? "";
}
