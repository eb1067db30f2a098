import type { Environment } from "../../src/environments/environment.ts";
import { guess } from "../../src/environments/guess/environment.ts";

/** `guess` as an environment that has to fetch something first: what it needs for a task, and each step, come later. */
export const late: Environment = {
  ...guess,
  ready: () => Promise.resolve(),
  create: (request) => {
    const episode = guess.create(request);
    const { state, tools, info, prompt_sha256 } = episode;
    return {
      ...{ state, tools, info, prompt_sha256 },
      step: async (action) => episode.step(action),
      evaluate: () => episode.evaluate(),
      inspect: (query) => episode.inspect(query),
    };
  },
};
