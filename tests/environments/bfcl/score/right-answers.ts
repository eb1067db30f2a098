import type { BfclTask } from "../../../../src/environments/bfcl/data/types.ts";
import { groundTruthMessages } from "../../../../src/environments/bfcl/demo-policy.ts";
import { formatted } from "../../../../src/environments/bfcl/formats/write-calls.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { groundTruthCalls } from "../../../../src/environments/bfcl/single-turn/ground-truth.ts";
import { sourceText } from "../source-text.ts";

/** The `result` of a line of a result file. */
export type Answer = (task: BfclTask) => PyValue;

/** Right answers of a prompted model. */
export const asText: Answer = (task) => {
  switch (task.kind) {
    case "single_turn": {
      const calls = groundTruthCalls(task);
      if (task.language !== "python") return sourceText(calls);
      return formatted(calls, task.format ?? { return_format: "python", tag: false });
    }
    case "multi_turn":
      return task.ground_truth.map((calls) => (calls.length === 0 ? ["Done."] : [`[${calls.join(", ")}]`, "Done."]));
    case "memory":
    case "web_search":
      return [[`{'answer': '${task.answers?.[0] ?? ""}'}`]];
  }
};

/** Right answers of a model with an API for calls, which knows no dots in names. */
export const asCalls: Answer = (task) => {
  if (task.kind === "multi_turn") {
    const steps = groundTruthMessages(task).map(({ content, tool_calls }): PyValue => {
      const calls = tool_calls?.map(({ function: { name, arguments: args } }) => PyDict.of([[name, args]]));
      return calls ?? content;
    });
    // A step in words ends a turn.
    const turns: PyValue[][] = [[]];
    for (const step of steps) {
      turns.at(-1)?.push(step);
      if (typeof step === "string") turns.push([]);
    }
    return turns.slice(0, -1);
  }
  if (task.kind !== "single_turn") return asText(task);
  return groundTruthCalls(task).map((call) =>
    PyDict.of(Array.from(call.entries(), ([name, args]) => [String(name).replaceAll(".", "_"), dumps(args)])),
  );
};
