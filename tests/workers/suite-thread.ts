import type { Environment } from "../../src/environments/environment.ts";
import { suiteEnvironments } from "../../src/testing/launcher-suite.ts";
import { serveThread } from "../../src/workers/thread-host.ts";
import { late } from "./late-environment.ts";

/** The thread of the launcher suite: hosts an environment of the suite, or one whose steps never end, or end the thread. */
serveThread((name) => {
  switch (name) {
    case "guess":
    case "throwing":
      return suiteEnvironments[name];
    case "late":
      return late;
    case "endless":
      return stepping(() => {
        for (;;) Bun.sleepSync(10);
      });
    case "exiting":
      return stepping(() => process.exit(1));
    default:
      throw new Error("there are no data");
  }
});

function stepping(step: () => never): Environment {
  const { guess } = suiteEnvironments;
  return {
    ...guess,
    create: (request) => {
      const episode = guess.create(request);
      const { state, tools, info, prompt_sha256 } = episode;
      return {
        ...{ state, tools, info, prompt_sha256, step },
        evaluate: () => episode.evaluate(),
        inspect: (query) => episode.inspect(query),
      };
    },
  };
}
