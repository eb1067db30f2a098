import { describe, expect, test } from "bun:test";
import { knownParams, knownSolution } from "../../../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../../../src/environments/bfcl/environment.ts";
import type { JsonObject } from "../../../../src/protocol/messages.ts";
import { atOnce } from "../../../../src/util/maybe-promise.ts";
import { loadDataForTests, whyNoData } from "../../../parity/bfcl-data.ts";

const missing = whyNoData();
const skipped = missing !== null && process.env.CI !== "true";

describe(`the official memory tasks${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test.skipIf(skipped).each(["memory_kv", "memory_rec_sum"])(
    "%s: 155 questions and 37 sessions before them",
    (category) => {
      const data = loadDataForTests();
      const rows = data.rows("all", { dataset_sub_type: category });
      const sessions = data.rows("all", { category: `${category}_prereq` });
      expect([rows.length, sessions.length]).toEqual([155, 37]);
      expect(data.rows("all", { dataset_sub_type: "memory" }).length).toBe(310);
      for (const { prerequisites, scenario } of rows) {
        const before = sessions.filter((each) => each.scenario === scenario).map(({ task_id }) => task_id);
        expect(prerequisites as never).toEqual(before as never);
      }
      for (const [index, session] of sessions.entries()) expect(session.source_index).toBe(index);
    },
  );

  test.skipIf(skipped)("each question is solved by its answer, and each chain of sessions can be played", () => {
    const data = loadDataForTests();
    const environment = bfclEnvironment(data);
    const play = (task_id: string, params: JsonObject) => {
      const episode = environment.create({ task_id, params, seed: null, started_at: 0 });
      for (const message of knownSolution(data.task(task_id))) atOnce(episode.step(message));
      return episode.evaluate();
    };
    for (const category of ["memory_kv", "memory_rec_sum"]) {
      for (const { task_id } of data.rows("all", { dataset_sub_type: category })) {
        expect([task_id, play(task_id, knownParams(data.task(task_id))).reward]).toEqual([task_id, 1]);
      }
      const last = new Map<unknown, string>();
      for (const { task_id, scenario } of data.rows("all", { dataset_sub_type: `${category}_prereq` })) {
        const memory = last.get(scenario) ?? null;
        last.set(scenario, String(play(task_id, { memory }).verdict.snapshot_id));
      }
      expect(last.size).toBe(5);
      const [question] = data.rows("all", { dataset_sub_type: category });
      const memory = last.get(question?.scenario) ?? null;
      expect(play(question?.task_id ?? "", { memory }).success).toBe(true);
    }
  });
});
