/** Version of the wire, as `hello` and `welcome` say it; the WebSocket subprotocol carries its major number. */
export const PROTOCOL_VERSION = 1;

/** The WebSocket subprotocol that a client offers. */
export const SUBPROTOCOL = "stepwell.v1";
