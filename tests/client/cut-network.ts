import type { ClientSocket, OpenSocket } from "../../src/client/socket.ts";
import type { Encoded } from "../../src/protocol/codec.ts";
import type { RawSocket } from "../../src/server/connection.ts";
import { Connection, type ConnectionPorts } from "../../src/server/connection.ts";

type Listener = (event: never) => void;

/** Numbers that are the same in every run of a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A network in memory between clients and the server's connections. With a chance of `cut` a message is lost and the
 * socket with it: either side may hear of it now or later (half-open), so a client may be back before the server knows.
 */
export class CutNetwork {
  readonly #ports: ConnectionPorts;
  readonly #random: () => number;
  /** Chance of a cut at each message; set it when the connection stands. */
  cut = 0;
  readonly #later: (() => void)[] = [];
  cuts = 0;

  constructor(ports: ConnectionPorts, random: () => number) {
    this.#ports = ports;
    this.#random = random;
  }

  readonly open: OpenSocket = () => {
    const listeners = new Map<string, Listener[]>();
    const emit = (type: string, event: unknown) => {
      for (const listener of listeners.get(type) ?? []) listener(event as never);
    };
    let [clientOpen, serverOpen] = [true, true];
    const closeClient = (code: number, reason: string) => {
      if (!clientOpen) return;
      clientOpen = false;
      queueMicrotask(() => emit("close", { code, reason }));
    };
    const closeServer = () => {
      if (!serverOpen) return;
      serverOpen = false;
      connection.gone();
    };
    const isCut = (): boolean => {
      if (this.#random() >= this.cut) return false;
      this.cuts++;
      closeClient(1006, "cut");
      // Half of the time the server finds out only after the client is back.
      if (this.#random() < 0.5) closeServer();
      else this.#later.push(closeServer);
      return true;
    };
    const raw: RawSocket = {
      send: (message: Encoded) => {
        if (!clientOpen || !serverOpen || isCut()) return;
        const data = typeof message === "string" ? message : message.slice().buffer;
        queueMicrotask(() => {
          if (clientOpen) emit("message", { data });
        });
      },
      close: (code, reason) => {
        serverOpen = false;
        closeClient(code, reason);
      },
      buffered: () => 0,
    };
    const connection = new Connection(raw, null, this.#ports);
    const socket: ClientSocket = {
      binaryType: "arraybuffer",
      bufferedAmount: 0,
      send: (data) => {
        if (!clientOpen || isCut()) return;
        queueMicrotask(() => {
          if (serverOpen) connection.message(data);
        });
      },
      close: () => {
        clientOpen = false;
        closeServer();
      },
      addEventListener: (type: string, listener: Listener) => {
        listeners.set(type, [...(listeners.get(type) ?? []), listener]);
      },
    };
    // Not in a microtask: whoever opened it has to attach its listeners first.
    setImmediate(() => {
      if (this.#random() < 0.5) for (const late of this.#later.splice(0)) late();
      emit("open", {});
    });
    return socket;
  };
}
