import { describe, expect, test } from "bun:test";
import type { MultiTurnTask } from "../../../src/environments/bfcl/data/types.ts";
import { Engine, type EngineContext } from "../../../src/environments/bfcl/engine.ts";
import { judgeTurns, overall } from "../../../src/environments/bfcl/multi-turn/checker.ts";
import { PyDateTime } from "../../../src/environments/bfcl/python/datetime.ts";
import { parseCall } from "../../../src/environments/bfcl/python/parse.ts";
import { stateSha256 } from "../../../src/environments/bfcl/state-canon.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";
import { type OfficialQuery, runOfficially } from "./official-engine.ts";
import { whyNotOfficial } from "./official-process.ts";
import { CallMaker, callText, multiTurnTasks, seeded } from "./random-calls.ts";

const missing = whyNotOfficial() ?? whyNoData();
const inCi = process.env.CI === "true";

const SEED = Number(process.env.STEPWELL_DIFFERENTIAL_SEED ?? 20_260_323);
const CALLS = 40;
const TRAJECTORIES = 320;
const PREFIX = "official";

/** Texts in which two runs of the official engine differ: the order of a printed set, how a recursion ended. */
function normal(text: string): string {
  return text
    .replace(/maximum recursion depth exceeded[\w ]*/g, "maximum recursion depth exceeded")
    .replace(/\{('[^{}:]*')\}/g, (_, items: string) => `{${items.split(", ").sort().join(", ")}}`);
}

/** Bounds of ours that the official engine lacks: past one the model reads this instead of waiting. */
const BOUNDED = /precision must be at most \d+/;

function context(longContext: EngineContext["longContext"]): EngineContext {
  const today = PyDateTime.fromTimestamp(Date.now() / 1000);
  return { longContext, today: () => today, namePrefix: PREFIX };
}

describe(`the official engine${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test.skipIf(missing !== null && !inCi)(
    "gives the same results and states to random calls of every class",
    async () => {
      if (missing !== null) throw new Error(missing);
      const data = loadDataForTests();
      const tasks = multiTurnTasks(data);
      const maker = new CallMaker(tasks, seeded(SEED));
      const byClass = Map.groupBy(
        tasks.flatMap((task) => task.involved_classes.map((name) => ({ name, task }))),
        (each) => each.name,
      );
      const classes = [...byClass.values()].map((each) => each.map(({ task }) => task));
      const chosen = Array.from({ length: TRAJECTORIES }, (_, index) => {
        const task = maker.pick(classes[index % classes.length] ?? tasks);
        const split = index % 2 === 0 ? "base" : "long_context";
        return { ...task, id: `fuzz_${split}_${index}` };
      });
      const queries = chosen.map((task): OfficialQuery => toQuery(task, [maker.calls(task, CALLS)], null));
      const answers = await runOfficially(queries);
      const differences: string[] = [];
      for (const [index, query] of queries.entries()) {
        const answer = answers[index];
        const task = chosen[index];
        if (answer === undefined || task === undefined) throw new Error("an answer is missing");
        const engine = new Engine(task, context(data.longContext));
        for (const [at, call] of (query.turns[0] ?? []).entries()) {
          const [ours, theirs] = [normal(engine.runText(call)), normal(answer.results[0]?.[at] ?? "nothing")];
          if (ours !== theirs && !BOUNDED.test(ours))
            differences.push(`${task.involved_classes} #${at} ${call}\n  official: ${theirs}\n  ours:     ${ours}`);
        }
        if (stateSha256(engine) !== answer.state)
          differences.push(`${task.involved_classes} ${task.id}: the final state differs`);
      }
      expect(queries.flatMap((query) => query.turns.flat()).length).toBeGreaterThan(5000);
      expect(differences.slice(0, 5).join("\n")).toBe("");
    },
    120_000,
  );

  test.skipIf(missing !== null && !inCi)(
    "gives the same verdicts to ground truths with random mistakes",
    async () => {
      if (missing !== null) throw new Error(missing);
      const data = loadDataForTests();
      const tasks = multiTurnTasks(data);
      const maker = new CallMaker(tasks, seeded(SEED + 1));
      const chosen = Array.from({ length: 200 }, () => maker.pick(tasks));
      const queries = chosen.map((task) => toQuery(task, withMistake(task, maker), task.ground_truth));
      const answers = await runOfficially(queries);
      let wrong = 0;
      for (const [index, query] of queries.entries()) {
        const task = chosen[index];
        if (task === undefined) throw new Error("a task is missing");
        const turns = judgeTurns(
          task,
          query.turns.map((calls) => calls.map((call) => [call])),
          context(data.longContext),
        );
        const { turns: _rows, first_difference: _first, ...ours } = overall(task, query.turns.length, turns);
        expect({ id: query.id, ...ours }).toEqual({ id: query.id, ...answers[index]?.verdict } as never);
        if (!ours.valid) wrong += 1;
      }
      expect(wrong).toBeGreaterThan(20);
    },
    120_000,
  );
});

function toQuery(task: MultiTurnTask, turns: OfficialQuery["turns"], truth: OfficialQuery["truth"]): OfficialQuery {
  return { id: task.id, classes: task.involved_classes, config: task.initial_config, turns, truth };
}

/** The ground truth with one call changed, dropped, doubled or put to the next turn. */
function withMistake(task: MultiTurnTask, maker: CallMaker): string[][] {
  const turns = task.ground_truth.map((calls) => [...calls]);
  const turn = maker.pick(turns.flatMap((calls, index) => (calls.length > 0 ? [index] : [])));
  const calls = turns[turn] ?? [];
  const at = maker.pick(calls.map((_, index) => index));
  const call = calls[at] ?? "";
  const mistake = maker.pick(["change", "drop", "double", "later", "extra"] as const);
  switch (mistake) {
    case "change":
      calls[at] = callText(maker.changed(parseCall(call)));
      break;
    case "drop":
      calls.splice(at, 1);
      break;
    case "double":
      calls.splice(at, 0, call);
      break;
    case "later":
      calls.splice(at, 1);
      turns[turn + 1]?.unshift(call);
      break;
    case "extra":
      calls.splice(at, 0, ...maker.calls(task, 1));
      break;
  }
  return turns;
}
