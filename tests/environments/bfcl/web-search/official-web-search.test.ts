import { expect, test } from "bun:test";
import type { Need } from "../../../../src/environments/bfcl/data/categories.ts";
import { knownSolution } from "../../../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../../../src/environments/bfcl/environment.ts";
import { data } from "../../../../src/environments/bfcl/native.ts";
import { CachedWeb } from "../../../../src/environments/bfcl/web-search/cached-web.ts";
import { RecordedWeb } from "../../../../src/environments/bfcl/web-search/recorded-web.ts";
import { whyNoData } from "../../../parity/bfcl-data.ts";
import { RECORDING } from "./own-web.ts";

const missing = whyNoData();
const skipped = missing !== null && process.env.CI !== "true";

test.skipIf(skipped)(
  `every web search task is there, and solved by its answer${missing === null ? "" : ` (not run: ${missing})`}`,
  async () => {
    const tasks = await data(() => {}, new Set<Need>(["search"]));
    const environment = bfclEnvironment(tasks, { web: new CachedWeb(new RecordedWeb(RECORDING)) });
    const rows = tasks.rows("all", { dataset_sub_type: "web_search" });
    expect(rows.length).toBe(200);
    for (const { task_id, category } of rows) {
      const episode = environment.create({ task_id, params: {}, seed: null, started_at: 0 });
      expect(episode.tools.map((tool) => tool.function.name)).toEqual(["search_engine_query", "fetch_url_content"]);
      const call = { role: "assistant", content: "[search_engine_query('tower')]" } as const;
      const text = (await episode.step(call)).state[0]?.content ?? "";
      expect(text.includes("'body'")).toBe(category === "web_search_base");
      for (const message of knownSolution(tasks.task(task_id))) await episode.step(message);
      expect([task_id, episode.evaluate().reward]).toEqual([task_id, 1]);
    }
  },
);
