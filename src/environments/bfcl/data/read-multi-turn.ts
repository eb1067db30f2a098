import type { Message } from "../../../protocol/messages.ts";
import { loads } from "../python/json.ts";
import { PyDict } from "../python/values.ts";
import { answersFile, docsFile, LONG_CONTEXT, questionsFile } from "./files.ts";
import { type Entry, type Source, sourceIndexOf } from "./source.ts";
import type { TaskReader } from "./task-reader.ts";
import { plain } from "./tools.ts";
import type { MultiTurnTask } from "./types.ts";

/** File of the function docs of a class. */
const DOCS_OF: Readonly<Record<string, string>> = {
  GorillaFileSystem: "gorilla_file_system",
  MathAPI: "math_api",
  MessageAPI: "message_api",
  TwitterAPI: "posting_api",
  TicketAPI: "ticket_api",
  TradingBot: "trading_bot",
  TravelAPI: "travel_booking",
  VehicleControlAPI: "vehicle_control",
};

/** Reads the multi-turn categories: the functions of a task are those of its classes, less the held-out ones. */
export function multiTurnReader(source: Source): TaskReader {
  const docs = new Map<string, readonly PyDict[]>();

  function docsOf(className: string): readonly PyDict[] {
    const known = docs.get(className);
    if (known) return known;
    const read = source.lines(docsFile(DOCS_OF[className] ?? className)).map((line) => loads(line) as PyDict);
    docs.set(className, read);
    return read;
  }

  return {
    files: (category) => [
      questionsFile(category),
      answersFile(category),
      ...Object.values(DOCS_OF).map(docsFile),
      LONG_CONTEXT,
    ],
    entries: (category) =>
      Array.from(source.byId(questionsFile(category)), ([id, line]) => ({
        id,
        category,
        source_index: sourceIndexOf(id),
        line,
      })),
    task: (entry) => {
      const answer = loads(source.line(answersFile(entry.category), entry.id)) as PyDict;
      return readTask(entry, docsOf, plain(answer.get("ground_truth") ?? []) as unknown as string[][]);
    },
  };
}

function readTask(
  { id, category, source_index, line }: Entry,
  docsOf: (className: string) => readonly PyDict[],
  ground_truth: readonly (readonly string[])[],
): MultiTurnTask {
  const entry = loads(line) as PyDict;
  const involved_classes = plain(entry.get("involved_classes") ?? []) as string[];
  let functions = involved_classes.flatMap(docsOf);
  const missed_function = new Map<number, readonly PyDict[]>();
  const missed = entry.get("missed_function");
  if (missed instanceof PyDict) {
    for (const [turn, names] of missed.entries()) {
      const heldOut = (names as string[]).flatMap((name) => functions.find((doc) => doc.get("name") === name) ?? []);
      functions = functions.filter((doc) => !heldOut.includes(doc));
      missed_function.set(Number(turn), heldOut);
    }
  }
  const config = entry.get("initial_config");
  return {
    kind: "multi_turn",
    id,
    category,
    source_index,
    question: plain(entry.get("question") ?? []) as unknown as Message[][],
    initial_config: config instanceof PyDict ? config : new PyDict(),
    involved_classes,
    functions,
    missed_function,
    ground_truth,
  };
}
