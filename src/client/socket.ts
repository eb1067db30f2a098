/** The part of a WebSocket that the client needs, as Bun, Deno, browsers and Node (from 22, or through `ws`) have it. */
export interface ClientSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer> | string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: (event: unknown) => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
}

export type OpenSocket = (url: string, protocol: string) => ClientSocket | Promise<ClientSocket>;

/** Opens a WebSocket with what the platform has; on a Node without one, with the package `ws`. */
export const openSocket: OpenSocket = async (url, protocol) => {
  if (typeof WebSocket === "function" && !url.startsWith("ws+unix:")) {
    return new WebSocket(url, protocol) as unknown as ClientSocket;
  }
  const { WebSocket: NodeWebSocket } = await import("ws");
  return new NodeWebSocket(url, protocol, { perMessageDeflate: false }) as unknown as ClientSocket;
};
