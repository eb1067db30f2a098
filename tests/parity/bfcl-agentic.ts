import { judgeAnswer } from "../../src/environments/bfcl/agentic/checker.ts";
import { Engine } from "../../src/environments/bfcl/engine.ts";
import {
  coreContext,
  type MemoryBackend,
  memoryClass,
  snapshotOf,
} from "../../src/environments/bfcl/memory/snapshot.ts";
import { PyDateTime } from "../../src/environments/bfcl/python/datetime.ts";
import { dumps, loads } from "../../src/environments/bfcl/python/json.ts";
import { PyDict, type PyValue } from "../../src/environments/bfcl/python/values.ts";
import { type Compared, disagreement, sameText } from "./agreement.ts";
import type { GoldenLine } from "./golden-file.ts";

/** No memory class asks for the date. */
const TODAY = PyDateTime.fromTimestamp(0);
const PREFIX = "oracle";

/** A chain of sessions, each of which begins with the snapshot of the one before. */
export function compareMemory({ text, record }: GoldenLine): Compared {
  const typed = asDict(loads(text));
  const backend = String(record.backend) as MemoryBackend;
  const disagreements: string[] = [];
  let snapshot = new PyDict();
  for (const [index, each] of asArray(typed.get("sessions")).entries()) {
    const session = asDict(each);
    const where = `session ${index}`;
    const engine = engineOf(String(session.get("test_id")), backend, snapshot);
    same(
      `${where}: core context`,
      session.get("core_context_at_start"),
      coreContext(backend, snapshotOf(engine, backend)),
    );
    const results = asArray(session.get("results"));
    for (const [at, call] of asArray(session.get("calls")).entries()) {
      same(`${where} call ${at}: ${String(call)}`, results[at], engine.runText(String(call)));
    }
    snapshot = snapshotOf(engine, backend);
    same(`${where}: snapshot`, dumps(session.get("snapshot") ?? null), dumps(snapshot));
  }
  return { id: String(record.id), unstable: false, disagreements };

  function same(what: string, recorded: PyValue | undefined, ours: string): void {
    const plain = recorded instanceof PyDict ? Object.fromEntries(recorded.entries() as never) : recorded;
    if (!sameText(plain, ours)) disagreements.push(disagreement(what, plain, ours));
  }
}

function engineOf(id: string, backend: MemoryBackend, snapshot: PyDict): Engine {
  const name = memoryClass(backend);
  const task = { id, involved_classes: [name], initial_config: PyDict.of([[name, snapshot]]) };
  return new Engine(task, { longContext: new Map(), today: () => TODAY, namePrefix: PREFIX });
}

export function compareAnswer({ record }: GoldenLine): Compared {
  const answers = Array.isArray(record.answers) ? record.answers.map(String) : [];
  const { valid, error_type = null } = judgeAnswer(String(record.text), answers);
  const ours = JSON.stringify({ valid, error_type });
  const recorded = JSON.stringify({ valid: record.valid, error_type: record.error_type });
  const disagreements = ours === recorded ? [] : [disagreement(`verdict on ${String(record.text)}`, recorded, ours)];
  return { id: String(record.id), unstable: false, disagreements };
}

function asDict(value: PyValue | undefined): PyDict {
  if (!(value instanceof PyDict)) throw new Error("an object is missing in the record");
  return value;
}

function asArray(value: PyValue | undefined): PyValue[] {
  if (!Array.isArray(value)) throw new Error("a list is missing in the record");
  return value;
}
