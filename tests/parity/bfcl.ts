import type { BfclData, MultiTurnTask } from "../../src/environments/bfcl/data/types.ts";
import { loadGrammar } from "../../src/environments/bfcl/decode/grammars.ts";
import { Engine, type EngineTask } from "../../src/environments/bfcl/engine.ts";
import { judgeTurns, overall } from "../../src/environments/bfcl/multi-turn/checker.ts";
import type { MultiTurnVerdict } from "../../src/environments/bfcl/multi-turn/verdict.ts";
import { PyDateTime } from "../../src/environments/bfcl/python/datetime.ts";
import { loads } from "../../src/environments/bfcl/python/json.ts";
import { PyDict } from "../../src/environments/bfcl/python/values.ts";
import { stateSha256 } from "../../src/environments/bfcl/state-canon.ts";
import { type Compared, disagreement, sameText } from "./agreement.ts";

import { compareAnswer, compareMemory } from "./bfcl-agentic.ts";
import { loadDataForTests, multiTurnTask } from "./bfcl-data.ts";
import { compareDecoded } from "./bfcl-decode.ts";
import { compareFormat, compareSingleTurn } from "./bfcl-single-turn.ts";

import { type GoldenFile, type GoldenLine, goldenFiles, goldenLines } from "./golden-file.ts";

/** The name that the recorded results were made under; it shows in rewritten string literals. */
const PREFIX = "oracle";
/** When the recorded results were made does not matter to any record that is not flagged; a fixed day will do. */
const TODAY = PyDateTime.fromTimestamp(Date.UTC(2026, 0, 15) / 1000);
const MAX_SHOWN = 10;

type CompareRecord = (line: GoldenLine, data: BfclData) => Compared;

const SETS: ReadonlyMap<string, CompareRecord> = new Map([
  ["multi_turn_gt", compareGroundTruth],
  ["multi_turn_mut", compareMutation],
  ["engine_fuzz", compareFuzz],
  ["memory", compareMemory],
  ["agentic_check", compareAnswer],
  ["single_turn", compareSingleTurn],
  ["decode", compareDecoded],
  ["format_sensitivity", compareFormat],
]);

const NOT_BUILT = "what it records is not built in this version";

/**
 * Compares every set of recorded results in a folder and prints what it found. True when all compared records agree.
 * A record flagged `unstable_text` holds text that differs between runs of the official engine: its verdict alone is
 * compared, and it counts as unstable.
 */
export async function bfclParity(directory: string, print: (line: string) => void): Promise<boolean> {
  const sets = bySet(goldenFiles(directory));
  const data = [...sets.keys()].some((set) => SETS.has(set)) ? loadDataForTests() : null;
  await Promise.all([loadGrammar("java"), loadGrammar("javascript")]);
  const disagreeing: { set: string; compared: Compared }[] = [];
  for (const [set, files] of sets) {
    const compare = SETS.get(set);
    if (compare === undefined || data === null) {
      print(`${set} not compared: ${NOT_BUILT}`);
      continue;
    }
    const all = files.flatMap((file) => goldenLines(file.path)).map((line) => guarded(compare, line, data));
    const wrong = all.filter((each) => each.disagreements.length > 0);
    const unstable = all.filter((each) => each.unstable).length;
    print(`${set} compared=${all.length} agreeing=${all.length - wrong.length} unstable=${unstable}`);
    disagreeing.push(...wrong.map((compared) => ({ set, compared })));
  }
  for (const { set, compared } of disagreeing.slice(0, MAX_SHOWN)) {
    print(`\n${set} ${compared.id}`);
    for (const each of compared.disagreements.slice(0, 3)) print(`    ${each}`);
  }
  if (disagreeing.length > MAX_SHOWN) print(`\nand ${disagreeing.length - MAX_SHOWN} more`);
  return disagreeing.length === 0;
}

function bySet(files: readonly GoldenFile[]): Map<string, GoldenFile[]> {
  const sets = new Map<string, GoldenFile[]>();
  for (const file of files) sets.set(file.set, [...(sets.get(file.set) ?? []), file]);
  return sets;
}

/** A record that our engine fails on is a disagreement, not the end of the comparison. */
function guarded(compare: CompareRecord, line: GoldenLine, data: BfclData): Compared {
  try {
    return compare(line, data);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { id: String(line.record.id), unstable: false, disagreements: [`our engine failed: ${text}`] };
  }
}

function compareGroundTruth({ record }: GoldenLine, data: BfclData): Compared {
  const task = multiTurnTask(data.task(String(record.id)));
  const turns = asList(record.turns).map((turn) => asList(turn).map(asObject));
  const calls = turns.map((turn) => turn.map(({ call }) => String(call)));
  const results = turns.map((turn) => turn.map(({ result }) => result));
  return compareTurns({ id: task.id, record, task, calls, results, data });
}

function compareMutation({ record }: GoldenLine, data: BfclData): Compared {
  const task = multiTurnTask(data.task(String(record.task_id)));
  const calls = asList(record.turns).map((turn) => asList(turn).map(String));
  const results = asList(record.results).map(asList);
  return compareTurns({ id: String(record.id), record, task, calls, results, data });
}

interface RecordedTurns {
  readonly id: string;
  readonly record: GoldenLine["record"];
  readonly task: MultiTurnTask;
  readonly calls: readonly (readonly string[])[];
  readonly results: readonly (readonly unknown[])[];
  readonly data: BfclData;
}

function compareTurns({ id, record, task, calls, results, data }: RecordedTurns): Compared {
  const unstable = record.unstable_text === true;
  const disagreements: string[] = [];
  const context = { longContext: data.longContext, today: () => TODAY, namePrefix: PREFIX };
  const engine = new Engine(task, context);
  for (const [turn, texts] of calls.entries()) {
    for (const [index, text] of texts.entries()) {
      const ours = engine.runText(text);
      const recorded = results[turn]?.[index];
      if (!unstable && !sameText(recorded, ours))
        disagreements.push(disagreement(`turn ${turn}: ${text}`, recorded, ours));
    }
  }
  const state = stateSha256(engine);
  if (!unstable && state !== record.state_sha256)
    disagreements.push(disagreement("final state", record.state_sha256, state));
  disagreements.push(...compareVerdict(asObject(record.verdict), checkerVerdict(task, calls, context), unstable));
  return { id, unstable, disagreements };
}

/** What the bare official checker says: given fewer turns than the ground truth has, it ends in an IndexError. */
function checkerVerdict(
  task: RecordedTurns["task"],
  calls: RecordedTurns["calls"],
  context: ConstructorParameters<typeof Engine>[1],
): MultiTurnVerdict | { valid: false; exception: string } {
  const turns = judgeTurns(
    task,
    calls.map((turn) => turn.map((call) => [call])),
    context,
  );
  const failed = turns.some((turn) => turn.error !== null);
  if (!failed && turns.length < task.ground_truth.length)
    return { valid: false, exception: "IndexError: list index out of range" };
  return overall(task, task.ground_truth.length, turns);
}

function compareVerdict(recorded: Readonly<Record<string, unknown>>, given: object, unstable: boolean): string[] {
  const ours: Readonly<Record<string, unknown>> = { ...given };
  const disagreements: string[] = [];
  for (const field of ["valid", "exception", "error_type", "error_message", "diff_attrs"]) {
    if (JSON.stringify(recorded[field]) !== JSON.stringify(ours[field])) {
      disagreements.push(disagreement(`verdict.${field}`, recorded[field], ours[field]));
    }
  }
  const [theirs, mine] = [asList(recorded.missing_items ?? []), asList(ours.missing_items ?? [])];
  // These are results, so in an unstable record their text may differ too.
  const same =
    theirs.length === mine.length && (unstable || theirs.every((item, index) => sameText(item, String(mine[index]))));
  if (!same) disagreements.push(disagreement("verdict.missing_items", theirs, mine));
  return disagreements;
}

function compareFuzz({ text, record }: GoldenLine, data: BfclData): Compared {
  const id = String(record.id);
  const unstable = record.unstable_text === true;
  const typed = loads(text);
  const config = typed instanceof PyDict ? typed.get("initial_config") : undefined;
  if (!(config instanceof PyDict)) throw new Error("the record has no initial_config");
  const task: EngineTask = { id, involved_classes: [String(record.class)], initial_config: config };
  const engine = new Engine(task, { longContext: data.longContext, today: () => TODAY, namePrefix: PREFIX });
  const disagreements: string[] = [];
  for (const [index, call] of asList(record.calls).entries()) {
    const ours = engine.runText(String(call));
    const recorded = asList(record.results)[index];
    if (!unstable && !sameText(recorded, ours))
      disagreements.push(disagreement(`call ${index}: ${String(call)}`, recorded, ours));
  }
  const state = stateSha256(engine);
  if (!unstable && state !== record.state_sha256)
    disagreements.push(disagreement("final state", record.state_sha256, state));
  return { id, unstable, disagreements };
}

function asList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error("a list is missing in the record");
  return value;
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error("an object is missing in the record");
  return { ...value };
}
