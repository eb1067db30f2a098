import type { ActionCall } from "../actions/action.ts";
import { AgenticEpisode } from "../agentic/episode.ts";
import { questionScore } from "../agentic/question-score.ts";
import { apiDefinition } from "../apis/classes.ts";
import { isAddress } from "../apis/web-search-api.ts";
import type { WebSearchTask } from "../data/types.ts";
import { Engine, type EngineContext } from "../engine.ts";
import type { BfclParams } from "../params.ts";
import type { PromptBook } from "../prompt.ts";
import { PyError } from "../python/errors.ts";
import { str } from "../python/repr.ts";
import { bind, makeDefaults } from "../python/signature.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import type { CachedWeb } from "./cached-web.ts";
import { failed, type WebAnswers, type WebRequest } from "./web.ts";

const CLASS = "WebSearchAPI";

const NOTHING_YET: WebAnswers = {
  search: () => failed("it was not asked for"),
  page: () => failed("it was not asked for"),
};

/** An episode of a web search task. What the calls of a message need is waited for, then they run as any others do. */
export function webSearchEpisode(
  task: WebSearchTask,
  params: BfclParams,
  prompts: PromptBook,
  context: EngineContext,
  web: CachedWeb,
): AgenticEpisode {
  let answers = NOTHING_YET;
  const scenario = PyDict.of({ show_snippet: task.show_snippet });
  const engine = new Engine(
    { id: task.id, involved_classes: [CLASS], initial_config: PyDict.of([[CLASS, scenario]]) },
    { ...context, web: () => answers },
  );
  return new AgenticEpisode(task, params, prompts, {
    memory: "",
    info: { involved_classes: [CLASS] },
    run: async (calls) => {
      answers = await web.answers(calls.flatMap(requestOf));
      return calls.map(({ name, args, kwargs }) => engine.runCall(name, args, kwargs));
    },
    score: (response) => questionScore(params.reward, response, task.answers),
    inspect: () => ({}),
  });
}

/** What a call asks for outside; nothing where it will fail before. */
function requestOf({ name, args, kwargs }: ActionCall): WebRequest[] {
  const signature = apiDefinition(CLASS).methods.get(name);
  if (signature === undefined) return [];
  let bound: readonly PyValue[];
  try {
    bound = bind(name, signature, args, kwargs, makeDefaults(signature));
  } catch (error) {
    if (error instanceof PyError) return [];
    throw error;
  }
  const [first = null, , region = null] = bound;
  if (name === "search_engine_query") return [{ kind: "search", keywords: str(first), region: str(region) }];
  return isAddress(first) ? [{ kind: "page", url: first }] : [];
}
