import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { startSelf } from "../../src/cli/bench-server.ts";
import { connect } from "../../src/client/index.ts";

/**
 * Random bytes as frames, each on a socket of its own since the first one closes it, and an episode of another client that
 * goes on all the while. `bun benchmarks/load/random-frames.ts [count]` (1,000,000). Over a unix socket: a million TCP
 * connections would wait for ports. It ends with 1 when a socket was closed with another code than those of the protocol.
 */
const count = Number(process.argv[2] ?? 1_000_000);
const LANES = 64;
const CLOSES = new Set([4400, 4413, 4414]);

const path = join(tmpdir(), `stepwell-random-${process.pid}.sock`);
const server = await startSelf(["serve", "--unix", path, "--env", "guess"], /stepwell serves (\S+)/);
try {
  await using client = await connect(server.address);
  const instance = await client.create("guess", "guess_42");
  const closes = new Map<number, number>();
  const started = performance.now();
  const mib: number[] = [];
  let sent = 0;
  const lane = async () => {
    while (sent < count) {
      const index = ++sent;
      const code = await sendRandom();
      closes.set(code, (closes.get(code) ?? 0) + 1);
      if (index % 1000 === 0) await instance.step({ role: "assistant", content: "no number" });
      if (index % Math.ceil(count / 10) === 0) mib.push(Math.round(server.memory() / 2 ** 20));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const { reward } = await instance.evaluate();
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(JSON.stringify({ frames: sent, seconds, closes: Object.fromEntries(closes), mib, reward }));
  if ([...closes.keys()].some((code) => !CLOSES.has(code))) process.exitCode = 1;
} finally {
  server.stop();
  rmSync(path, { force: true });
}

/** Sends up to 200 random bytes, every other time as a text, and says with which code the socket was closed. */
function sendRandom(): Promise<number> {
  const bytes = crypto.getRandomValues(new Uint8Array(1 + Math.floor(Math.random() * 200)));
  const message = Math.random() < 0.5 ? bytes : Buffer.from(bytes).toString("latin1");
  return new Promise((resolve) => {
    const socket = new WebSocket(server.address, { perMessageDeflate: false });
    socket.on("open", () => socket.send(message));
    socket.on("error", () => {});
    socket.on("close", (code) => resolve(code));
  });
}
