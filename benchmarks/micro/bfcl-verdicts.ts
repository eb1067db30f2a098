/**
 * What a verdict costs, beside the official engine in the same run: `bun benchmarks/micro/bfcl-verdicts.ts`. With
 * STEPWELL_BFCL_PYTHON (a Python 3.11 with bfcl-eval and mpmath) the official one is timed too.
 */
import type { SingleTurnTask } from "../../src/environments/bfcl/data/types.ts";
import { knownSolution } from "../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../src/environments/bfcl/environment.ts";
import { formatted } from "../../src/environments/bfcl/formats/write-calls.ts";
import { judgeTurns } from "../../src/environments/bfcl/multi-turn/checker.ts";
import { data } from "../../src/environments/bfcl/native.ts";
import { PyDateTime } from "../../src/environments/bfcl/python/datetime.ts";
import { dumps } from "../../src/environments/bfcl/python/json.ts";
import { PyDict } from "../../src/environments/bfcl/python/values.ts";
import { groundTruthCalls } from "../../src/environments/bfcl/single-turn/ground-truth.ts";
import { judgeCalls, tryDecode } from "../../src/environments/bfcl/single-turn/judge.ts";
import { OFFICIAL_PYTHON, runScript } from "../../tests/environments/bfcl/official-process.ts";

const ROUNDS = 20;
const TASKS = 200;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Median microseconds of a call over all items, after a round that warms up. */
function timed<T>(items: readonly T[], call: (item: T) => unknown): number {
  for (const item of items) call(item);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const item of items) {
      const start = performance.now();
      call(item);
      times.push((performance.now() - start) * 1000);
    }
  }
  return median(times);
}

const bfcl = await data((line) => console.error(line));
const environment = bfclEnvironment(bfcl);

function astTasks(): SingleTurnTask[] {
  const names = ["simple_python", "multiple", "parallel", "parallel_multiple", "live_simple", "live_multiple"];
  const rows = names.flatMap((name) => bfcl.rows("all", { dataset_sub_type: name }));
  const every = Math.floor(rows.length / TASKS);
  return rows
    .filter((_, index) => index % every === 0)
    .flatMap(({ task_id }) => {
      const task = bfcl.task(task_id);
      return task.kind === "single_turn" ? [task] : [];
    });
}

const answers = astTasks().map((task) => ({
  task,
  text: formatted(groundTruthCalls(task), { return_format: "python", tag: false }),
}));
const verdict = timed(answers, ({ task, text }) => {
  const wanted = { functions: task.schemas, possible_answer: task.possible_answer, shape: task.shape };
  return judgeCalls(tryDecode(text, { format: "python" }), wanted, { language: "python", names: "dots", fixed: false });
});

const finished = bfcl
  .rows("all", { dataset_sub_type: "multi_turn" })
  .filter((_, index) => index % 8 === 0)
  .map(({ task_id }) => {
    const episode = environment.create({ task_id, params: {}, seed: null, started_at: 1_760_000_000 });
    for (const message of knownSolution(bfcl.task(task_id))) episode.step(message);
    const task = bfcl.task(task_id);
    return {
      task_id,
      episode,
      task,
      turns: task.kind === "multi_turn" ? task.ground_truth.map((calls) => [calls]) : [],
    };
  });
const evaluate = timed(finished, ({ episode }) => episode.evaluate());
/** What the official checker does in an evaluation, which an episode has done by then: every call runs once more. */
const context = { longContext: bfcl.longContext, today: () => PyDateTime.fromTimestamp(0) };
const judged = timed(finished, ({ task, turns }) => task.kind === "multi_turn" && judgeTurns(task, turns, context));

const official = OFFICIAL_PYTHON === null ? null : await timedOfficially();
const row = (what: string, ours: number, theirs: number | undefined): string =>
  `| ${what} | ${ours.toFixed(1)} | ${theirs?.toFixed(0) ?? "-"} | ${theirs === undefined ? "-" : (theirs / ours).toFixed(0)} |`;
console.log("| | ours, us | official, us | ratio |\n|---|---|---|---|");
console.log(row("one AST verdict (decode and check)", verdict, official?.ast));
console.log(row("evaluate of a finished multi-turn episode", evaluate, official?.multi_turn));
console.log(row("the same from a recording: all its calls run again", judged, official?.multi_turn));

async function timedOfficially(): Promise<{ ast: number; multi_turn: number }> {
  const ast = answers.map(({ task, text }) =>
    PyDict.of({
      category: task.category,
      functions: [...task.schemas],
      possible_answer: [...task.possible_answer],
      text,
    }),
  );
  const multi = finished.map(({ task_id }) => task_id);
  const input = dumps(PyDict.of({ ast, multi_turn: multi }));
  return JSON.parse(await runScript(`${import.meta.dir}/official_verdicts.py`, { input }));
}
