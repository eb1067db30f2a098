/** Bytes of the header that the engine puts before each piece of output: stream, three zeros, length. */
const HEADER = 8;

/**
 * The text of a container's output as the engine sends it for a program without a terminal: pieces of both streams, each
 * behind a header. A piece that was cut off is taken as far as it goes.
 */
export function splitLog(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let text = "";
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at + 4);
    text += decoder.decode(bytes.subarray(at + HEADER, at + HEADER + length), { stream: true });
    at += HEADER + length;
  }
  return text + decoder.decode();
}
