import { createHash } from "node:crypto";
import { findHermesCalls } from "../../src/environments/bfcl/actions/hermes.ts";
import type { SingleTurnTask } from "../../src/environments/bfcl/data/types.ts";
import { PyError } from "../../src/environments/bfcl/python/errors.ts";
import { dumps, loads } from "../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../src/environments/bfcl/python/values.ts";
import { checkCalls, type Wanted } from "../../src/environments/bfcl/single-turn/ast-checker.ts";
import type { CheckOptions } from "../../src/environments/bfcl/single-turn/function-rule.ts";
import { judgeCalls, judgeRelevance, tryDecode } from "../../src/environments/bfcl/single-turn/judge.ts";
import type { RuleError } from "../../src/environments/bfcl/single-turn/verdict.ts";
import { type Compared, disagreement } from "./agreement.ts";
import { singleTurnTask } from "./bfcl-data.ts";
import type { GoldenLine } from "./golden-file.ts";

/** Verdicts on decoded calls and on texts, and what the `<tool_call>` text decodes to. */
export function compareSingleTurn({ text, record }: GoldenLine): Compared {
  const task = singleTurnTask(String(record.task_id));
  const recorded = loads(text) as PyDict;
  const calls = recorded.get("calls");
  const ours: [string, RuleError | null][] = [["verdict_text", judgeText(task, String(record.text))]];
  const disagreements: string[] = [];
  if (Array.isArray(calls)) {
    ours.push(["verdict_calls", check(calls, task, "dots")]);
    if (recorded.has("verdict_calls_underscore")) {
      ours.push(["verdict_calls_underscore", check(calls.map(underscored), task, "underscores")]);
    }
    const decoded = findHermesCalls(String(record.qwen))?.items ?? [];
    const read = decoded.map((item) =>
      item.kind === "call" ? PyDict.of([[item.name, PyDict.of(item.kwargs)]]) : item.message,
    );
    if (dumps(read) !== dumps(calls)) disagreements.push(disagreement("qwen", dumps(calls), dumps(read)));
  }
  disagreements.push(...ours.flatMap(([field, error]) => compareVerdict(field, recorded.get(field), error, record)));
  return { id: String(record.id), unstable: record.unstable_text === true, disagreements };
}

/** The verdict on a text in the form of its configuration, and the system prompt of it. */
export function compareFormat({ text, record }: GoldenLine): Compared {
  const task = singleTurnTask(String(record.id));
  const recorded = loads(text) as PyDict;
  const error = judgeText(task, String(record.text));
  const disagreements = compareVerdict("verdict_text", recorded.get("verdict_text"), error, record);
  if (record.system_prompt_sha256 !== undefined) {
    const prompt = task.system_prompt ?? "";
    const sha256 = createHash("sha256").update(prompt).digest("hex");
    if (sha256 !== record.system_prompt_sha256) {
      disagreements.push(disagreement("system prompt", record.system_prompt ?? record.system_prompt_sha256, prompt));
    }
  }
  return { id: `${record.id} ${record.kind}`, unstable: record.unstable_text === true, disagreements };
}

function judgeText(task: SingleTurnTask, text: string): RuleError | null {
  const format = task.format?.return_format ?? task.language;
  const decoded = tryDecode(text, { format, tag: task.format?.tag ?? false });
  return task.scored_by === "ast"
    ? judgeCalls(decoded, wantedOf(task), optionsOf(task, "dots"))
    : judgeRelevance(decoded, task.scored_by);
}

function check(calls: readonly PyValue[], task: SingleTurnTask, names: CheckOptions["names"]): RuleError | null {
  try {
    return checkCalls(calls, wantedOf(task), optionsOf(task, names));
  } catch (error) {
    if (error instanceof PyError) return { error_type: "exception", error: [`${error.kind}: ${error.message}`] };
    throw error;
  }
}

const wantedOf = ({ schemas, possible_answer, shape }: SingleTurnTask): Wanted => ({
  functions: schemas,
  possible_answer,
  shape,
});

const optionsOf = ({ language }: SingleTurnTask, names: CheckOptions["names"]): CheckOptions => ({
  language,
  names,
  fixed: false,
});

/** A call as models write it whose API knows no dots. */
function underscored(call: PyValue): PyValue {
  if (!(call instanceof PyDict)) return call;
  return PyDict.of(Array.from(call.entries(), ([name, args]) => [String(name).replaceAll(".", "_"), args]));
}

function compareVerdict(
  field: string,
  recorded: PyValue | undefined,
  error: RuleError | null,
  record: GoldenLine["record"],
): string[] {
  const ours =
    error === null
      ? PyDict.of({ valid: true })
      : PyDict.of({
          valid: false,
          error_type: error.error_type,
          // The records have the texts of an error, not the calls that were tried.
          error: error.error.filter((part) => typeof part === "string"),
        });
  const theirs = recorded ?? null;
  const same =
    record.unstable_text === true && theirs instanceof PyDict
      ? theirs.get("valid") === ours.get("valid")
      : dumps(theirs) === dumps(ours);
  return same ? [] : [disagreement(field, dumps(theirs), dumps(ours))];
}
