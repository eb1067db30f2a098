import type { NativeEnvironment } from "../native.ts";
import { namedPath } from "../worker-inputs.ts";
import { buildFrom, catalogueFolder, findCatalogue, isLarge, pulledFolder } from "./catalogue/find-catalogue.ts";
import { goalPolicy } from "./demo-policy.ts";
import { webshopEnvironment } from "./environment.ts";
import { GoalLists } from "./tasks/goal-lists.ts";

const WAYS = [
  "the catalogue of WebShop is in no package: without one a generated catalogue is served, which needs nothing. To serve the original's,",
  "  1. get items_shuffle*.json, items_ins_v2*.json and items_human_ins.json (the original project's setup script fetches them)",
  "  2. run `stepwell pull webshop --from FOLDER` with their folder; or set STEPWELL_WEBSHOP_DATA to it",
].join("\n");

/** WebShop as the server and the command line know it. */
export const webshop: NativeEnvironment = {
  load: async (progress) => webshopEnvironment(await findCatalogue(process.env, progress)),
  hasLongSteps: () => isLarge(process.env),
  // Built here: a container has no network to fetch the model of nouns, and no disk to keep a catalogue.
  inputs: async (progress) =>
    namedPath("STEPWELL_WEBSHOP_DATA", (await catalogueFolder(process.env, progress)) ?? undefined),
  pull: async (progress, { from, part }) => {
    if (part !== null) throw new Error(`webshop has no part "${part}"`);
    if (from === null) throw new Error(WAYS);
    await buildFrom(from, pulledFolder(process.env), process.env, progress);
    return pulledFolder(process.env);
  },
  demo: async (progress) => {
    const { shop, streamSeed } = await findCatalogue(process.env, progress);
    const goals = new GoalLists(shop.store, streamSeed);
    return {
      split: "test",
      group: "category",
      policy: (task_id) => goalPolicy(goals.task(task_id).goal, (product) => shop.store.product(product).title),
    };
  },
};
