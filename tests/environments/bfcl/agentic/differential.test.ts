import { describe, expect, test } from "bun:test";
import { judgeAnswer } from "../../../../src/environments/bfcl/agentic/checker.ts";
import { apiDefinition } from "../../../../src/environments/bfcl/apis/classes.ts";
import { Engine } from "../../../../src/environments/bfcl/engine.ts";
import {
  coreContext,
  type MemoryBackend,
  memoryClass,
  snapshotOf,
} from "../../../../src/environments/bfcl/memory/snapshot.ts";
import { dumps } from "../../../../src/environments/bfcl/python/json.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { seeded } from "../random-calls.ts";
import { CONTEXT } from "../small-tasks.ts";
import { askOfficially, missingOfficial } from "./official-agentic.ts";

const skipped = missingOfficial !== null && process.env.CI !== "true";
const SEED = Number(process.env.STEPWELL_DIFFERENTIAL_SEED ?? 20_260_323);

const KEYS: readonly PyValue[] = [
  "home",
  "home_city",
  "home_city_2",
  "city",
  "user_name",
  "name_user",
  "allergy_note",
  "note_note_note",
  "Home",
  "2024",
  "a b",
  "é",
  "key\n",
  "",
  1n,
  null,
  [],
];
const QUERIES: readonly PyValue[] = [
  "home",
  "HOME_city name",
  "note note city",
  "  ",
  "nothing\u2003user",
  "2",
  "",
  5n,
  null,
  ["home"],
];
const VALUES: readonly PyValue[] = [
  "x",
  "",
  "café 😀",
  "y".repeat(300),
  "😀".repeat(301),
  "z".repeat(2001),
  "w".repeat(4000),
  'it\'s "q"\nline',
  3n,
  2.5,
  null,
  ["a", 1n],
  PyDict.of({ a: "b" }),
];
const COUNTS: readonly PyValue[] = [0n, 1n, 2n, 5n, 100n, -1n, null, true, "2", 1.5];

/** Call text with arguments that now and then are missing, positional, unknown or of another type. */
function randomCall(backend: MemoryBackend, random: () => number): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const methods = [...apiDefinition(memoryClass(backend)).methods];
  const [method, { names, required }] = pick(methods);
  // A memory that is cleared too often never fills.
  if (method.endsWith("clear") && random() < 0.8) return randomCall(backend, random);
  const valueFor = (name: string): PyValue => {
    if (name === "key") return pick(KEYS);
    if (name === "query") return pick(QUERIES);
    if (name === "k") return pick(COUNTS);
    if (name === "old_text") return pick(["x", "", "a", "é", "ww", "😀", "not there", 3n]);
    // A long text in place of a short one, twice, fills the official process's memory.
    return pick(name === "new_text" ? VALUES.filter((value) => repr(value).length < 50) : VALUES);
  };
  const args = names.flatMap((name, index) => {
    if (index >= required && random() < 0.5) return [];
    if (random() < 0.02) return [];
    const value = repr(valueFor(name));
    return [random() < 0.03 ? value : `${random() < 0.01 ? "other" : name}=${value}`];
  });
  return `${method}(${args.join(", ")})`;
}

interface OfficialSession {
  readonly context: string;
  readonly results: readonly string[];
  readonly snapshot: string;
}

describe(`the official memory${missingOfficial === null ? "" : ` (not run: ${missingOfficial})`}`, () => {
  test.skipIf(skipped)(
    "gives the same results, snapshots and contexts to random calls over three sessions",
    async () => {
      const random = seeded(SEED);
      const chains = Array.from({ length: 60 }, (_, index) => {
        const backend: MemoryBackend = index % 3 === 2 ? "rec_sum" : "kv";
        const sessions = Array.from({ length: 3 }, () => Array.from({ length: 60 }, () => randomCall(backend, random)));
        return { op: "memory", backend, sessions };
      });
      const answers = (await askOfficially(chains)) as { sessions: OfficialSession[] }[];
      const differences: string[] = [];
      for (const [index, { backend, sessions }] of chains.entries()) {
        let snapshot = new PyDict();
        for (const [at, calls] of sessions.entries()) {
          const official = answers[index]?.sessions[at];
          if (official === undefined) throw new Error("an answer is missing");
          const name = memoryClass(backend);
          const task = {
            id: `memory_${backend}_prereq_${at}-student-${at}`,
            involved_classes: [name],
            initial_config: PyDict.of([[name, snapshot]]),
          };
          const engine = new Engine(task, { ...CONTEXT, namePrefix: "official" });
          const same = (what: string, theirs: string | undefined, ours: string): void => {
            if (theirs === ours) return;
            differences.push(`${what}\n  official: ${theirs?.slice(0, 300)}\n  ours:     ${ours.slice(0, 300)}`);
          };
          same("context", official.context, coreContext(backend, snapshotOf(engine, backend)));
          for (const [each, call] of calls.entries()) same(call, official.results[each], engine.runText(call));
          snapshot = snapshotOf(engine, backend);
          same("snapshot", official.snapshot, dumps(snapshot, { indent: 4 }));
        }
      }
      expect(differences.slice(0, 5).join("\n")).toBe("");
    },
    120_000,
  );

  test.skipIf(skipped)(
    "searches with the same scores whatever the number of keys and the words in them",
    async () => {
      const random = seeded(SEED + 1);
      const words = ["a", "b", "c", "d", "e", "f", "g"];
      const word = (): string => words[Math.floor(random() ** 2 * words.length)] ?? "a";
      const chains = Array.from({ length: 40 }, () => {
        const keys = Array.from({ length: 50 }, () => Array.from({ length: 1 + Math.floor(random() * 6) }, word));
        const calls = keys.flatMap((key) => [
          `archival_memory_add(key='${key.join("_")}', value='v')`,
          `archival_memory_key_search(query='${[word(), word(), word()].join(" ")}', k=50)`,
        ]);
        return { op: "memory", backend: "kv", sessions: [calls] };
      });
      const answers = (await askOfficially(chains)) as { sessions: OfficialSession[] }[];
      for (const [index, { sessions }] of chains.entries()) {
        const task = { id: "memory_kv_0", involved_classes: ["MemoryAPI_kv"], initial_config: new PyDict() };
        const engine = new Engine(task, CONTEXT);
        const ours = (sessions[0] ?? []).map((call) => engine.runText(call));
        expect(ours).toEqual([...(answers[index]?.sessions[0]?.results ?? [])]);
      }
    },
    120_000,
  );
});

describe(`the official answer checker${missingOfficial === null ? "" : ` (not run: ${missingOfficial})`}`, () => {
  test.skipIf(skipped)(
    "decides the same on random texts and answers",
    async () => {
      const random = seeded(SEED + 2);
      const pieces = [
        "7",
        "seven",
        "Ann",
        "o'clock",
        " ",
        ",",
        "-",
        "_",
        "é",
        "İ",
        "Σ",
        "😀",
        "١",
        "x",
        "(",
        '"',
        "\n",
        "中",
        "\u0301",
        "²",
      ];
      const text = (most: number): string =>
        Array.from({ length: Math.floor(random() * most) }, () => pieces[Math.floor(random() * pieces.length)]).join(
          "",
        );
      const queries = Array.from({ length: 3000 }, () => ({ text: text(14), answers: [text(4), text(3)] }));
      const [answers] = (await askOfficially([{ op: "answers", queries }])) as [unknown[]];
      let right = 0;
      for (const [index, query] of queries.entries()) {
        const ours = judgeAnswer(query.text, query.answers);
        if (ours.valid) right += 1;
        expect({ query, ...ours }).toEqual({ query, ...(answers[index] as typeof ours) });
      }
      expect(right).toBeGreaterThan(300);
      expect(right).toBeLessThan(2700);
    },
    120_000,
  );
});
