import { decodeMessage, encodeMessage } from "../protocol/codec.ts";
import { WIRE_LIMITS } from "../protocol/limits.ts";
import { percentile } from "./terminal.ts";

export interface EchoFigures {
  readonly echo_per_s: number;
  readonly echo_p50_ms: number;
}

/** Sends `total` frames to an echo server as a bench sends steps: n at once, in messages of `batch`. */
export async function measureEcho(
  address: string,
  n: number,
  batch: number,
  requestBytes: number,
  total: number,
): Promise<EchoFigures> {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const action = { role: "assistant", content: "x".repeat(Math.max(0, requestBytes - EMPTY_REQUEST)) };
  const waiting = new Map<number, () => void>();
  socket.onmessage = ({ data }) => {
    const value = decodeMessage(new Uint8Array(data as ArrayBuffer), WIRE_LIMITS) as { re: number } | { re: number }[];
    for (const { re } of Array.isArray(value) ? value : [value]) {
      waiting.get(re)?.();
      waiting.delete(re);
    }
  };
  let id = 0;
  let left = total;
  const latencies: number[] = [];
  const lane = async () => {
    while (left > 0) {
      const size = Math.min(batch, left);
      left -= size;
      const frames = Array.from({ length: size }, () => ({
        id: ++id,
        op: "step",
        instance_id: "n0-0123456789abcdef",
        action,
      }));
      const sent = performance.now();
      const answers = frames.map((frame) => new Promise<void>((resolve) => waiting.set(frame.id, resolve)));
      socket.send(encodeMessage(size === 1 && frames[0] ? frames[0] : frames, "msgpack"));
      await Promise.all(answers);
      const took = performance.now() - sent;
      for (const _ of frames) latencies.push(took);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: Math.max(1, Math.floor(n / batch)) }, lane));
  const seconds = (performance.now() - started) / 1000;
  socket.close();
  latencies.sort((a, b) => a - b);
  return { echo_per_s: total / seconds, echo_p50_ms: percentile(latencies, 0.5) };
}

/** Bytes of an echo request without its content. */
const EMPTY_REQUEST = 80;
