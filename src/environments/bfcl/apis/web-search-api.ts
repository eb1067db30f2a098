import { PyError, valueError } from "../python/errors.ts";
import { f } from "../python/format.ts";
import { loads } from "../python/json.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { contains, getItem, getSlice, iterate, truthy } from "../python/operators.ts";
import { str } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { markdown, visibleText } from "../web-search/html-text.ts";
import type { WebAnswers } from "../web-search/web.ts";
import { Api, defineApi } from "./api.ts";

/** The official web_search.py: a search engine, and pages by their address. */
export class WebSearchApi extends Api {
  show_snippet: PyValue;
  readonly #answers: () => WebAnswers;

  constructor(scenario: PyDict, answers: () => WebAnswers) {
    super();
    this.show_snippet = scenario.getOr("show_snippet", true);
    this.#answers = answers;
  }

  search_engine_query(keywords: PyValue, max_results: PyValue, region: PyValue): PyValue {
    const outcome = this.#answers().search(str(keywords), str(region));
    if (outcome.kind === "error") return PyDict.of({ error: outcome.message });
    const answer = readJson(outcome.text);
    if (answer instanceof PyError) return PyDict.of({ error: answer.message });
    if (!contains(answer, "organic_results")) {
      return PyDict.of({
        error: "Failed to retrieve the search results from server. Please try again later.",
      });
    }
    const found = getSlice(getItem(answer, "organic_results"), null, max_results);
    return Array.from(iterate(found), (result) => {
      const shown: Record<string, PyValue> = { title: getItem(result, "title"), href: getItem(result, "link") };
      if (truthy(this.show_snippet)) shown.body = getItem(result, "snippet");
      return PyDict.of(shown);
    });
  }

  fetch_url_content(url: PyValue, mode: PyValue): PyValue {
    if (!isAddress(url)) {
      throw typeof url === "string" ? valueError(`Invalid URL: ${url}`) : attributeError(url, "startswith");
    }
    const outcome = this.#answers().page(url);
    if (outcome.kind === "error") return failedFetch(url, outcome.message);
    switch (mode) {
      case "raw":
        return PyDict.of({ content: outcome.text });
      case "markdown":
        return PyDict.of({ content: markdown(outcome.text) });
      case "truncate":
        return PyDict.of({ content: visibleText(outcome.text) });
      default:
        return failedFetch(url, f`Unsupported mode: ${mode}`);
    }
  }
}

/** What the official class takes for the address of a page. */
export function isAddress(url: PyValue): url is string {
  return typeof url === "string" && (url.startsWith("http://") || url.startsWith("https://"));
}

function failedFetch(url: string, why: string): PyDict {
  return PyDict.of({ error: `An error occurred while fetching ${url}: ${why}` });
}

function readJson(text: string): PyValue | PyError {
  try {
    return loads(text);
  } catch (error) {
    if (error instanceof PyError) return error;
    throw error;
  }
}

export const webSearchApi = defineApi(
  "WebSearchAPI",
  (scenario, { web }) => {
    if (!web) throw new Error("web search needs a web");
    return new WebSearchApi(scenario, web);
  },
  {
    fetch_url_content: "(url, mode='raw')",
    search_engine_query: "(keywords, max_results=10, region='wt-wt')",
  },
);
