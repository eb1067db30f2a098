import type { Environment } from "../environment.ts";
import type { Catalogue } from "./catalogue/catalogue.ts";
import { WebShopEpisode } from "./episode.ts";
import { parseParams } from "./params.ts";
import { ALL_SPLITS } from "./protocols.ts";
import { readFilter } from "./tasks/filter.ts";
import { GoalLists } from "./tasks/goal-lists.ts";

/** The original whose pages, ranking and rewards this environment has. */
const WEBSHOP_ENGINE = "WebShop 64fa2a5, pyserini 0.17.0";

/** Version of this environment's behaviour: a change of any observation or score raises it. */
const WEBSHOP_VERSION = "1";

/** The WebShop environment over a catalogue, which all instances share. */
export function webshopEnvironment({ shop, sha256, streamSeed, nouns, source }: Catalogue): Environment {
  const goals = new GoalLists(shop.store, streamSeed);
  return {
    env_type: "webshop",
    version: WEBSHOP_VERSION,
    replay: "exact",
    data_sha256: sha256,
    engine: `${WEBSHOP_ENGINE}; nouns: ${nouns}; catalogue: ${source}`,
    splits: ALL_SPLITS,
    unavailable: [],
    tasks: ({ split, filter }) => {
      const { protocol, category, index = null } = readFilter(filter);
      const rows = goals.rows(protocol, split, index);
      return category === undefined ? rows : rows.filter((row) => row.category === category);
    },
    create: ({ task_id, params, seed }) => {
      const task = goals.task(task_id);
      return new WebShopEpisode({
        task,
        params: parseParams(params, task_id, task.protocol),
        shop,
        nouns,
        seed: streamSeed + task.number + (seed ?? 0),
      });
    },
  };
}
