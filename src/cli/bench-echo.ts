import { decodeMessage, encodeMessage } from "../protocol/codec.ts";
import { requestsOf } from "../protocol/frames.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";

/**
 * The physical limit that a bench is held against: the same Bun.serve and the same codec, answering each request with a
 * reply of a given size and doing nothing else. Runs until it is killed.
 */
export function runEcho(replyBytes: number): Promise<number> {
  const state = [{ role: "user", content: "x".repeat(Math.max(0, replyBytes - EMPTY_REPLY)) }];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => (bun.upgrade(request) ? undefined : new Response("echo", { status: 426 })),
    websocket: {
      perMessageDeflate: false,
      message(ws, data) {
        const requests = requestsOf(decodeMessage(data, WIRE_LIMITS), WIRE_LIMITS);
        const replies = requests.map(({ id }) => ({ re: id, ok: { state, reward: 0, is_terminated: false } }));
        ws.send(encodeMessage(replies.length === 1 && replies[0] ? replies[0] : replies, "msgpack"));
      },
    },
  });
  console.log(`ws://127.0.0.1:${server.port}/`);
  return new Promise(() => {});
}

/** Bytes of an echo reply without its content. */
const EMPTY_REPLY = 60;
