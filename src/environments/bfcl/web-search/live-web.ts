import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { failed, type Web, type WebOutcome } from "./web.ts";

const SEARCH = "https://serpapi.com/search";
/** The official tool waits 20 s for a page. */
const PAGE_TIMEOUT_MS = 20_000;
/** The official tool asks again for ever when it is told to slow down; a step of ours has to end. */
const SEARCH_PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 2000;
const MAX_REDIRECTS = 30;
const MAX_BYTES = 4 * 2 ** 20;

/** As a browser asks, since many pages refuse anything else. */
const HEADERS = {
  "User-Agent":
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Safari/537.36",
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language": "en-US,en;q=0.9",
  Referer: "https://www.google.com/",
};

export interface LiveWebOptions {
  readonly apiKey: string;
  /** Pages of this machine and of private networks may be read; only for tests. */
  readonly allowPrivate?: boolean;
  readonly searchUrl?: string;
}

/** The web itself: searches by SerpAPI (DuckDuckGo's results, as the official tool asks for them), pages as they are. */
export class LiveWeb implements Web {
  readonly #options: LiveWebOptions;

  constructor(options: LiveWebOptions) {
    this.#options = options;
  }

  async search(keywords: string, region: string): Promise<WebOutcome> {
    const { apiKey, searchUrl = SEARCH } = this.#options;
    const query = new URLSearchParams({
      engine: "duckduckgo",
      q: keywords,
      kl: region,
      output: "json",
      api_key: apiKey,
    });
    const deadline = Date.now() + SEARCH_PATIENCE_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const outcome = await this.#searchOnce(`${searchUrl}?${query}`);
      if (!isRateLimited(outcome) || Date.now() + pause > deadline) return outcome;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async #searchOnce(url: string): Promise<WebOutcome> {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
      const text = await limitedText(response);
      if (response.status === 429) return failed("429 Client Error: Too Many Requests");
      return { kind: "text", text };
    } catch (error) {
      // The address has the key in it, and an error may quote the address.
      return failed(reason(error).replaceAll(this.#options.apiKey, "..."));
    }
  }

  async page(url: string): Promise<WebOutcome> {
    const signal = AbortSignal.timeout(PAGE_TIMEOUT_MS);
    let address = url;
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const refused = this.#options.allowPrivate ? null : await whyRefused(address);
        if (refused !== null) return failed(refused);
        const response = await fetch(address, { headers: HEADERS, redirect: "manual", signal });
        const location = response.headers.get("location");
        if (response.status >= 300 && response.status < 400 && location !== null) {
          address = new URL(location, address).href;
          continue;
        }
        if (response.status >= 400) {
          const side = response.status >= 500 ? "Server" : "Client";
          return failed(`${response.status} ${side} Error: ${response.statusText} for url: ${address}`);
        }
        return { kind: "text", text: await limitedText(response) };
      }
      return failed(`Exceeded ${MAX_REDIRECTS} redirects.`);
    } catch (error) {
      return failed(reason(error));
    }
  }
}

/** SerpAPI says it by the status, or in the answer. */
function isRateLimited(outcome: WebOutcome): boolean {
  if (outcome.kind === "error") return outcome.message.includes("429");
  return /^\s*\{\s*"error"\s*:\s*"[^"]*429/.test(outcome.text);
}

const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  NOT_PUBLIC.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  NOT_PUBLIC.addSubnet(network, bits, "ipv6");
}

/** A model chooses the address: what is not on the public net is nothing for it. Null where it is. */
async function whyRefused(address: string): Promise<string | null> {
  const { protocol, hostname } = new URL(address);
  if (protocol !== "http:" && protocol !== "https:") return `${protocol} is no address of a page`;
  const host = hostname.replace(/^\[|\]$/g, "");
  const found = isIP(host) > 0 ? [{ address: host, family: isIP(host) }] : await lookup(host, { all: true });
  const isPrivate = found.some((each) => NOT_PUBLIC.check(each.address, each.family === 6 ? "ipv6" : "ipv4"));
  return isPrivate ? `${host} is not on the public net` : null;
}

/** The text of a response as requests decodes it: by its charset, else Latin-1 for text and UTF-8 for the rest. */
async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the page has more than ${MAX_BYTES} bytes`);
  }
  const bytes = Buffer.concat(chunks);
  const type = response.headers.get("content-type") ?? "";
  const charset = /charset=["']?([\w-]+)/i.exec(type)?.[1];
  if (charset === undefined && type.startsWith("text/")) return bytes.toString("latin1");
  try {
    return new TextDecoder(charset ?? "utf-8").decode(bytes);
  } catch {
    return bytes.toString("utf8");
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
