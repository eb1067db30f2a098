import type { AgenticEpisode } from "../../../../src/environments/bfcl/agentic/episode.ts";
import type { WebSearchTask } from "../../../../src/environments/bfcl/data/types.ts";
import { parseParams } from "../../../../src/environments/bfcl/params.ts";
import { PromptBook } from "../../../../src/environments/bfcl/prompt.ts";
import { CachedWeb } from "../../../../src/environments/bfcl/web-search/cached-web.ts";
import { webSearchEpisode } from "../../../../src/environments/bfcl/web-search/episode.ts";
import { RecordedWeb } from "../../../../src/environments/bfcl/web-search/recorded-web.ts";
import type { Web } from "../../../../src/environments/bfcl/web-search/web.ts";
import type { JsonObject } from "../../../../src/protocol/messages.ts";
import { CONTEXT } from "../small-tasks.ts";

/** A question, and a small web in which its answer is. */

export const TASK: WebSearchTask = {
  kind: "web_search",
  id: "web_search_base_900",
  category: "web_search_base",
  source_index: 900,
  question: [[{ role: "user", content: "How tall is the tower of Ulm?" }]],
  functions: [],
  show_snippet: true,
  answers: ["161"],
};

const result = (n: number) => ({
  position: n,
  title: `Tower ${n}`,
  link: `https://a.test/${n}`,
  snippet: `It's ${n} m.`,
});

export const RECORDING = {
  searches: {
    "wt-wt tower": { search_metadata: {}, organic_results: [1, 2, 3].map(result) },
    "de-de tower": { organic_results: [{ title: "Turm", link: "https://a.test/turm" }] },
    "wt-wt nothing": { error: "DuckDuckGo hasn't returned any results for this query." },
  },
  pages: {
    "https://a.test/1":
      "<html><head><title>Ulm</title><style>p{}</style></head><body><h1>The  tower</h1><script>x()</script><p>It is <b>161</b> m tall, see <a href='/2'>here</a>.</p><ul><li>one<li>two</ul></body></html>",
  },
};

export function start(params: JsonObject = {}, task = TASK, web: Web = new RecordedWeb(RECORDING)): AgenticEpisode {
  return webSearchEpisode(task, parseParams(params), new PromptBook(), CONTEXT, new CachedWeb(web));
}

/** What the model reads after a call in Python's notation. */
export async function said(episode: AgenticEpisode, call: string): Promise<string> {
  const { state } = await episode.step({ role: "assistant", content: call });
  return (state[0]?.content ?? "").replace("<tool_response>\n", "").replace("\n</tool_response>", "");
}
