/** What came back from outside: a text, or what went wrong in the words that the model reads. */
export type WebOutcome =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "error"; readonly message: string };

/** The two things that web search tasks do outside. Neither rejects: what goes wrong is an outcome. */
export interface Web {
  /** The JSON text that a search answers, in SerpAPI's form. */
  search(keywords: string, region: string): Promise<WebOutcome>;
  /** The text of a page. */
  page(url: string): Promise<WebOutcome>;
}

/** What an API object reads: outcomes that were waited for before. */
export interface WebAnswers {
  search(keywords: string, region: string): WebOutcome;
  page(url: string): WebOutcome;
}

/** What a call needs from outside. */
export type WebRequest =
  | { readonly kind: "search"; readonly keywords: string; readonly region: string }
  | { readonly kind: "page"; readonly url: string };

export function ask(web: Web, request: WebRequest): Promise<WebOutcome> {
  return request.kind === "search" ? web.search(request.keywords, request.region) : web.page(request.url);
}

export function requestKey(request: WebRequest): string {
  return JSON.stringify(
    request.kind === "search" ? ["search", request.keywords, request.region] : ["page", request.url],
  );
}

export const failed = (message: string): WebOutcome => ({ kind: "error", message });
