import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Engine, type EngineTask } from "../../../src/environments/bfcl/engine.ts";
import { repr } from "../../../src/environments/bfcl/python/repr.ts";
import { canonState, stateSha256 } from "../../../src/environments/bfcl/state-canon.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";
import { CallMaker, multiTurnTasks, seeded } from "./random-calls.ts";
import { CONTEXT, dict, episode, hermes, TWO_TURNS } from "./small-tasks.ts";

const FILES: EngineTask = {
  id: "multi_turn_base_900",
  involved_classes: ["GorillaFileSystem", "MathAPI"],
  initial_config: dict('{"GorillaFileSystem": {"root": {"home": {"type": "directory", "contents": {}}}}}'),
};

function results(...calls: string[]): string[] {
  const engine = new Engine(FILES, CONTEXT);
  return calls.map((call) => engine.runText(call));
}

describe("call text", () => {
  test("gives a str as it is, a dict as JSON, anything else as Python prints it", () => {
    expect(
      results("pwd()", "touch('é')", "ls()", "add(a=1, b=2.0)", "print('x')", "len([1, 2])", "round(2.675, 2)"),
    ).toEqual([
      '{"current_working_directory": "/home"}',
      "None",
      '{"current_directory_content": ["\\u00e9"]}',
      '{"result": 3.0}',
      "None",
      "2",
      "2.67",
    ]);
  });

  test("gives the official error texts", () => {
    expect(
      results("fly(a=1)", "cd(dir='x')", "cd()", "cd('a', 'b')", "GorillaFileSystem.ls()", "add(a='x', b=1)"),
    ).toEqual([
      "Error during execution: name 'fly' is not defined",
      "Error during execution: GorillaFileSystem.cd() got an unexpected keyword argument 'dir'",
      "Error during execution: GorillaFileSystem.cd() missing 1 required positional argument: 'folder'",
      "Error during execution: GorillaFileSystem.cd() takes 2 positional arguments but 3 were given",
      "Error during execution: name 'GorillaFileSystem' is not defined",
      '{"error": "Both inputs must be numbers"}',
    ]);
  });

  test("refuses the names that the official engine refuses, and runs no Python", () => {
    expect(results("remove('x')", "os.remove('x')", "exit()", "run", "__import__('os').getpid()")).toEqual([
      "Error during execution: Function call remove is not allowed.",
      "Error during execution: Function call remove is not allowed.",
      "Error during execution: Function call exit is not allowed.",
      "Error during execution: Function call run is not allowed.",
      expect.stringMatching(/^Error during execution: /),
    ]);
  });

  test("is rewritten inside strings too, which a call of a live step is not", () => {
    const texts = results("echo(content='hello (world)')", "echo(content='use ls (x)')");
    expect(texts).toEqual([
      '{"terminal_output": "hello(world)"}',
      '{"terminal_output": "use stepwell_multi_turn_base_900_GorillaFileSystem_instance.ls(x)"}',
    ]);
    const engine = new Engine(FILES, CONTEXT);
    expect(engine.runCall("echo", [], [["content", "use ls (x)"]])).toBe('{"terminal_output": "use ls (x)"}');
  });

  test("that is no call is an error and never an exception", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(typeof new Engine(FILES, CONTEXT).runText(text)).toBe("string");
        expect(typeof new Engine(FILES, CONTEXT).runCall(text, [], [])).toBe("string");
      }),
      { numRuns: 500 },
    );
  });
});

describe("a call with values", () => {
  test("can't change what the log of calls holds", () => {
    const engine = new Engine(
      {
        id: "x_0",
        involved_classes: ["TwitterAPI"],
        initial_config: dict('{"TwitterAPI": {"username": "a", "password": "b", "authenticated": true}}'),
      },
      CONTEXT,
    );
    const mentions = ["@b"];
    engine.runCall(
      "post_tweet",
      [],
      [
        ["content", "x"],
        ["mentions", mentions],
      ],
    );
    engine.runCall(
      "mention",
      [],
      [
        ["tweet_id", 0n],
        ["mentioned_usernames", ["@c"]],
      ],
    );
    expect(mentions).toEqual(["@b"]);
  });
});

describe("two instances of one task", () => {
  test("as episodes, interleaved in any way, equal each alone", () => {
    const action = fc.constantFrom(
      hermes("touch", { file_name: "a.txt" }),
      hermes("touch", { file_name: "b.txt" }),
      hermes("cat", { file_name: "note.txt" }),
      hermes("mkdir", { dir_name: "d" }),
      hermes("mv", { source: "note.txt", destination: "d" }),
      hermes("cd", { folder: "d" }),
      hermes("echo", { content: "x", file_name: "note.txt" }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), action), { maxLength: 18 }), (moves) => {
        const pair = [episode(TWO_TURNS), episode(TWO_TURNS)] as const;
        const mixed = moves.map(([second, message]) => pair[second ? 1 : 0].step(message));
        for (const second of [false, true]) {
          const alone = episode(TWO_TURNS);
          const own = moves.flatMap(([which, message], index) => (which === second ? [{ message, index }] : []));
          for (const { message, index } of own) expect(alone.step(message)).toEqual(mixed[index] as never);
          expect(alone.evaluate()).toEqual(pair[second ? 1 : 0].evaluate());
        }
      }),
      { numRuns: 100 },
    );
  });

  const missing = whyNoData();
  test.skipIf(missing !== null && process.env.CI !== "true")(
    `of every class and split, with calls that the official engine leaks through, equal each alone${missing === null ? "" : ` (not run: ${missing})`}`,
    async () => {
      if (missing !== null) throw new Error(missing);
      const data = loadDataForTests();
      const tasks = multiTurnTasks(data);
      const context = { ...CONTEXT, longContext: data.longContext };
      const before = repr([...data.longContext.values()]).length;
      fc.assert(
        fc.property(fc.nat(tasks.length - 1), fc.nat(), (at, seed) => {
          const task = tasks[at];
          if (task === undefined) throw new Error("no such task");
          const maker = new CallMaker([task], seeded(seed));
          const pair = [new Engine(task, context), new Engine(task, context)] as const;
          const calls = [maker.calls(task, 12), maker.calls(task, 12)] as const;
          const mixed = Array.from({ length: 12 }, (_, index) => [
            pair[0].runText(calls[0][index] ?? ""),
            pair[1].runText(calls[1][index] ?? ""),
          ]);
          for (const which of [0, 1] as const) {
            const alone = new Engine(task, context);
            const texts = calls[which].map((call) => alone.runText(call));
            expect(texts).toEqual(mixed.map((both) => both[which] ?? ""));
            expect(stateSha256(alone)).toBe(stateSha256(pair[which]));
          }
        }),
        { numRuns: 150 },
      );
      expect(repr([...data.longContext.values()]).length).toBe(before);
    },
    60_000,
  );
});

describe("the state of an engine", () => {
  test("has files, directories and int keys in the form of the recorded states", () => {
    const engine = new Engine(FILES, CONTEXT);
    for (const call of ["touch('a')", "mkdir('d')"]) engine.runText(call);
    expect(repr(canonState(engine).get("GorillaFileSystem") ?? null)).toBe(
      "{'long_context': False, 'root': {'<dir>': 'home', 'contents': {'a': {'<file>': 'a', 'content': ''}, 'd': {'<dir>': 'd', 'contents': {}}}}}",
    );
  });
});
