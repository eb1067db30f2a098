// Plays guess through the installed package: the same file runs on Node, Bun and Deno.
import { connect, ProtocolError } from "stepwell/client";
import { decodeMessage, encodeMessage, PROTOCOL_VERSION, WIRE_LIMITS } from "stepwell/protocol";

const url = process.argv[2];
const client = await connect(url, { call_timeout_ms: 10_000, reconnect_ms: 1000 });
const instance = await client.create("guess", "guess_42");
let [low, high] = [1, 100];
let steps = 0;
for (;;) {
  const guess = Math.floor((low + high) / 2);
  const { state, is_terminated } = await instance.step({ role: "assistant", content: String(guess) });
  steps++;
  if (is_terminated) break;
  if (/higher/i.test(state.at(-1)?.content ?? "")) low = guess + 1;
  else high = guess - 1;
}
const { reward } = await instance.evaluate();
await instance.release();
const refused = await client.create("nothing", "nothing_1").catch((error) => error);
await client.close();
const frame = decodeMessage(encodeMessage({ id: 1, op: "hello", version: PROTOCOL_VERSION }, "msgpack"), WIRE_LIMITS);
process.stdout.write(
  `${JSON.stringify({ reward, steps, refused: refused instanceof ProtocolError && refused.code, frame })}\n`,
);
