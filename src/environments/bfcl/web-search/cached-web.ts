import { LRUCache } from "lru-cache";
import { ask, failed, requestKey, type Web, type WebAnswers, type WebOutcome, type WebRequest } from "./web.ts";

/** Characters of answers that are kept. */
const KEPT = 128 * 2 ** 20;

/** What a message of calls may wait in all; what has not come by then did not come. */
const PATIENCE_MS = 45_000;

/**
 * Remembers what came from the web, so that the instances of a group see one web and a replay in this process sees what the
 * first run saw. What went wrong is not remembered.
 */
export class CachedWeb {
  readonly #web: Web;
  readonly #texts: LRUCache<string, string>;

  constructor(web: Web, kept = KEPT) {
    this.#web = web;
    this.#texts = new LRUCache({ maxSize: kept, sizeCalculation: ({ length }) => Math.max(1, length) });
  }

  /** Waits for what the calls of one message need, one after the other. */
  async answers(requests: readonly WebRequest[]): Promise<WebAnswers> {
    const outcomes = new Map<string, WebOutcome>();
    const deadline = Date.now() + PATIENCE_MS;
    for (const request of requests) {
      const key = requestKey(request);
      if (!outcomes.has(key)) outcomes.set(key, await this.#outcome(key, request, deadline));
    }
    const outcomeOf = (request: WebRequest) => outcomes.get(requestKey(request)) ?? failed("it was not asked for");
    return {
      search: (keywords, region) => outcomeOf({ kind: "search", keywords, region }),
      page: (url) => outcomeOf({ kind: "page", url }),
    };
  }

  async #outcome(key: string, request: WebRequest, deadline: number): Promise<WebOutcome> {
    const known = this.#texts.get(key);
    if (known !== undefined) return { kind: "text", text: known };
    const left = deadline - Date.now();
    if (left <= 0) return failed("timed out");
    let timer: Timer | undefined;
    const late = new Promise<WebOutcome>((resolve) => {
      timer = setTimeout(() => resolve(failed("timed out")), left);
    });
    const outcome = await Promise.race([ask(this.#web, request), late]);
    clearTimeout(timer);
    if (outcome.kind === "text") this.#texts.set(key, outcome.text);
    return outcome;
  }
}
