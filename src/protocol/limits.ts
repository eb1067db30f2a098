/** Limits of the wire. `welcome` tells a client those that concern it. */
export interface WireLimits {
  /** Bytes of one message. */
  readonly message_bytes: number;
  /** Bytes of a message before `hello` was accepted. */
  readonly hello_bytes: number;
  /** Nesting of arrays and maps. */
  readonly depth: number;
  /** Values in one message: array items, map keys and map values. */
  readonly items: number;
  /** Frames of one batch. */
  readonly batch: number;
  /** Requests of one session that are under way. */
  readonly in_flight: number;
  /** Replies kept for a session until they are acknowledged. */
  readonly kept_replies: number;
  /** Bytes of those replies. */
  readonly kept_bytes: number;
  /** Bytes that may wait to be sent to a client that does not read; past it the socket is closed. */
  readonly outbound_bytes: number;
}

export const WIRE_LIMITS: WireLimits = {
  message_bytes: 16 * 1024 * 1024,
  hello_bytes: 64 * 1024,
  depth: 64,
  items: 262_144,
  batch: 4096,
  in_flight: 8192,
  kept_replies: 16_384,
  kept_bytes: 64 * 1024 * 1024,
  outbound_bytes: 64 * 1024 * 1024,
};
