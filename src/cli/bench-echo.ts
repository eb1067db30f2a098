import { decodeMessage, encodeMessage } from "../protocol/codec.ts";
import { requestsOf } from "../protocol/frames.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";

/**
 * The physical limit that a bench is held against: the same Bun.serve and the same codec, answering each request with a
 * reply of the size that it asks for and doing nothing else. Runs until it is killed.
 */
export function runEcho(): Promise<number> {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => (bun.upgrade(request) ? undefined : new Response("echo", { status: 426 })),
    websocket: {
      perMessageDeflate: false,
      message(ws, data) {
        const requests = requestsOf(decodeMessage(data, WIRE_LIMITS), WIRE_LIMITS);
        const replies = requests.map(({ id, reply_bytes }) => echoReply(id, Number(reply_bytes)));
        ws.send(encodeMessage(replies.length === 1 && replies[0] ? replies[0] : replies, "msgpack"));
      },
    },
  });
  console.log(`ws://127.0.0.1:${server.port}/`);
  return new Promise(() => {});
}

function echoReply(id: number, bytes: number) {
  const content = filler(Math.max(0, bytes - EMPTY_REPLY));
  return { re: id, ok: { state: [{ role: "user", content }], reward: 0, is_terminated: false } };
}

const fillers = new Map<number, string>();

/** Texts are kept by their length: making one is not a part of echoing it. */
function filler(length: number): string {
  const text = fillers.get(length) ?? "x".repeat(length);
  fillers.set(length, text);
  return text;
}

/** Bytes of a reply without its content. */
const EMPTY_REPLY = 70;
