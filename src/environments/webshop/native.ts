import type { NativeEnvironment } from "../native.ts";
import { findCatalogue } from "./catalogue/find-catalogue.ts";
import { goalPolicy } from "./demo-policy.ts";
import { webshopEnvironment } from "./environment.ts";
import { GoalLists } from "./tasks/goal-lists.ts";

/** WebShop as the server and the command line know it. */
export const webshop: NativeEnvironment = {
  load: async (progress) => webshopEnvironment(await findCatalogue(process.env, progress)),
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
