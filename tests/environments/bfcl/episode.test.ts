import { describe, expect, test } from "bun:test";
import type { MultiTurnTask } from "../../../src/environments/bfcl/data/types.ts";
import { groundTruthMessages } from "../../../src/environments/bfcl/demo-policy.ts";
import {
  CONVERSATION_COMPLETED,
  MAX_STEPS_PER_TURN,
  type MultiTurnEpisode,
} from "../../../src/environments/bfcl/multi-turn/episode.ts";
import { ProtocolError } from "../../../src/protocol/errors.ts";
import type { JsonObject, Message } from "../../../src/protocol/messages.ts";
import { END_TURN, episode, HELD_OUT, hermes, TWO_TURNS } from "./small-tasks.ts";

/** Plays all messages; returns the rewards of the steps. */
function play(instance: MultiTurnEpisode, messages: readonly Message[]): number[] {
  return messages.map((message) => instance.step(message).reward);
}

function total(rewards: readonly number[]): number {
  return rewards.reduce((sum, reward) => sum + reward, 0);
}

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was refused";
}

describe("create", () => {
  test("gives a system and a user message, and the tools as OpenAI schemas", () => {
    const instance = episode(TWO_TURNS);
    expect(instance.state.map((message) => message.role)).toEqual(["system", "user"]);
    expect(instance.tools.map((tool) => tool.function.name)).toEqual(["touch", "ls", "cat"]);
    expect(instance.info).toMatchObject({ category: "multi_turn_base", source_index: 900, turns: 2 });
  });

  test("puts tools into the system message as tool_prompt says", () => {
    const system = (tool_prompt: string) => episode(TWO_TURNS, { tool_prompt }).state[0]?.content ?? "";
    const plain = system("none");
    expect(plain).not.toContain("touch");
    const hermesText = system("hermes");
    expect(
      hermesText.startsWith(
        `${plain}\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n`,
      ),
    ).toBe(true);
    expect(hermesText).toContain('<tools>\n{"type": "function", "function": {"name": "touch"');
    expect(
      hermesText.endsWith(
        '}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>',
      ),
    ).toBe(true);
    expect(system("python")).toContain("Python list of calls");
    expect(episode(TWO_TURNS).prompt_sha256).not.toBe(episode(TWO_TURNS, { tool_prompt: "none" }).prompt_sha256);
  });

  test("refuses unknown params and names the known ones", () => {
    expect(refused(() => episode(TWO_TURNS, { looop: "train" }))).toContain(
      "bad_params: unknown params for bfcl: looop; known: loop,",
    );
    expect(refused(() => episode(TWO_TURNS, { loop: "fast" }))).toContain("params.loop");
  });
});

describe("step", () => {
  test("answers tool_calls with tool messages that carry their ids", () => {
    const answer = episode(TWO_TURNS).step({
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "x", type: "function", function: { name: "touch", arguments: '{"file_name": "a.txt"}' } },
        { id: "y", type: "function", function: { name: "ls", arguments: "{}" } },
      ],
    });
    expect(answer.state).toEqual([
      { role: "tool", tool_call_id: "x", content: "None" },
      { role: "tool", tool_call_id: "y", content: '{"current_directory_content": ["note.txt", "a.txt"]}' },
    ]);
    expect(answer).toMatchObject({
      reward: 0,
      end_reason: null,
      action: { valid: true, format: "tool_calls", parse_errors: [] },
    });
  });

  test("answers every other form with one user message as the chat template writes tool results", () => {
    const answer = episode(TWO_TURNS).step({ role: "assistant", content: "[ls(), cat('note.txt')]" });
    expect(answer.state).toEqual([
      {
        role: "user",
        content:
          '<tool_response>\n{"current_directory_content": ["note.txt"]}\n</tool_response>\n<tool_response>\n{"file_content": "alpha"}\n</tool_response>',
      },
    ]);
  });

  test("shows the model what went wrong in a call, and goes on", () => {
    const instance = episode(TWO_TURNS);
    const wrong = (name: string, args: JsonObject) => instance.step(hermes(name, args)).state[0]?.content;
    expect(wrong("fly", {})).toBe(
      "<tool_response>\nError during execution: name 'fly' is not defined\n</tool_response>",
    );
    expect(wrong("GorillaFileSystem.ls", {})).toContain(
      "Error during execution: name 'GorillaFileSystem' is not defined",
    );
    expect(wrong("remove", {})).toContain("Error during execution: Function call remove is not allowed.");
    expect(wrong("cat", { file: "x" })).toContain("GorillaFileSystem.cat() got an unexpected keyword argument 'file'");
    expect(instance.evaluate().verdict.error_type).toBe("multi_turn:force_terminated");
  });

  test("leaves the strings of a live call alone", () => {
    const instance = episode(TWO_TURNS);
    instance.step(hermes("touch", { file_name: "use ls (x)" }));
    expect(instance.step(hermes("ls", {})).state[0]?.content).toContain('["note.txt", "use ls (x)"]');
  });

  test("without a call ends the turn, and the last turn ends the conversation", () => {
    const instance = episode(TWO_TURNS);
    expect(instance.step(END_TURN).state).toEqual([{ role: "user", content: "What does the note say?" }]);
    const last = instance.step(END_TURN);
    expect(last.state).toEqual([{ role: "user", content: CONVERSATION_COMPLETED }]);
    expect(last.end_reason).toBe("completed");
    expect(refused(() => instance.step(END_TURN))).toContain("instance_terminated");
  });

  test("only appends: nothing handed out changes later", () => {
    const instance = episode(HELD_OUT);
    const seen: unknown[] = [instance.state, instance.tools];
    const before: string[] = [JSON.stringify(seen)];
    for (const message of groundTruthMessages(HELD_OUT)) {
      seen.push(instance.step(message));
      before.push(JSON.stringify(seen));
    }
    expect(before.at(-1)).toBe(JSON.stringify(seen));
    expect(JSON.stringify(seen.slice(0, 2))).toBe(before[0] ?? "");
  });
});

describe("a malformed call", () => {
  const broken: Message = {
    role: "assistant",
    content:
      '<tool_call>\n{"name": "touch", \n</tool_call>\n<tool_call>\n{"name": "ls", "arguments": {}}\n</tool_call>',
  };
  const nothingElse: Message = { role: "assistant", content: "<tool_call>\n{\n</tool_call>" };

  test("in the training loop is an error in its place, and the turn goes on", () => {
    const answer = episode(TWO_TURNS).step(broken);
    const content = answer.state[0]?.content ?? "";
    expect(content).toMatch(
      /^<tool_response>\nError during parsing: .*\n<\/tool_response>\n<tool_response>\n\{"current_directory_content"/,
    );
    expect(answer.action).toMatchObject({ valid: false, format: "hermes" });
    const alone = episode(TWO_TURNS).step(nothingElse);
    expect(alone.state[0]?.content).toContain("Error during parsing");
    expect(alone.info).toMatchObject({ turn: 0, step_in_turn: 1 });
  });

  test("in the official loop is skipped beside a good one, and ends the turn alone", () => {
    const official = () => episode(TWO_TURNS, { loop: "official" });
    expect(official().step(broken).state[0]?.content).toBe(
      '<tool_response>\n{"current_directory_content": ["note.txt"]}\n</tool_response>',
    );
    const ended = official().step(nothingElse);
    expect(ended.state).toEqual([{ role: "user", content: "What does the note say?" }]);
    expect(ended.action.parse_errors).toHaveLength(1);
    const nameless: Message = { role: "assistant", content: `${broken.content}<tool_call>{}</tool_call>` };
    expect(official().step(nameless).info).toMatchObject({ turn: 1 });
  });
});

describe("held-out functions", () => {
  test("come at their turn as an appended user message and in tools_added", () => {
    const instance = episode(HELD_OUT);
    expect(instance.tools.map((tool) => tool.function.name)).toEqual(["touch", "ls"]);
    expect(instance.state[0]?.content).not.toContain('"cat"');
    const answer = instance.step(END_TURN);
    expect(answer.state).toHaveLength(1);
    expect(answer.state[0]?.role).toBe("user");
    expect(answer.state[0]?.content).toContain('"function": {"name": "cat"');
    expect(answer.tools_added?.map((tool) => tool.function.name)).toEqual(["cat"]);
    expect(JSON.stringify(instance.inspect({}))).toContain("cat");
  });

  test("can be called before that, as in the official engine", () => {
    expect(episode(HELD_OUT).step(hermes("cat", { file_name: "note.txt" })).state[0]?.content).toContain("alpha");
  });
});

describe("the limit of steps in a turn", () => {
  test("runs the step after the last allowed one and then ends the episode", () => {
    const instance = episode(TWO_TURNS);
    for (let step = 0; step < MAX_STEPS_PER_TURN; step++) expect(instance.step(hermes("ls", {})).end_reason).toBeNull();
    const last = instance.step(hermes("ls", {}));
    expect(last.end_reason).toBe("force_quit");
    expect(last.reward).toBe(0);
    expect(instance.evaluate().verdict).toMatchObject({ valid: false, error_type: "multi_turn:force_terminated" });
  });

  test("counts from zero in each turn, and in the last turn leaves the verdict to the checker", () => {
    const instance = episode(TWO_TURNS);
    play(instance, [hermes("touch", { file_name: "a.txt" }), END_TURN]);
    for (let step = 0; step < MAX_STEPS_PER_TURN; step++) instance.step(hermes("cat", { file_name: "note.txt" }));
    const last = instance.step(hermes("ls", {}));
    expect(last).toMatchObject({ end_reason: "force_quit", reward: 1, reward_parts: { sparse: 1 } });
  });
});

describe("rewards", () => {
  const tasks: [string, MultiTurnTask][] = [
    ["two turns", TWO_TURNS],
    ["held-out functions", HELD_OUT],
  ];

  test.each(tasks)("of the ground truth are whole in every mode (%s)", (_, task) => {
    for (const reward of ["sparse", "success", "turn"]) {
      const instance = episode(task, { reward });
      const rewards = play(instance, groundTruthMessages(task));
      expect(total(rewards)).toBeCloseTo(1, 12);
      expect(instance.evaluate()).toMatchObject({
        reward: 1,
        success: true,
        verdict: { valid: true, first_difference: null },
      });
      if (reward !== "turn") expect(rewards.slice(0, -1).every((each) => each === 0)).toBe(true);
    }
  });

  test("by turn come at the end of each turn and stop at the first turn that fails", () => {
    const rewards = play(episode(TWO_TURNS, { reward: "turn" }), [
      hermes("touch", { file_name: "a.txt" }),
      END_TURN,
      END_TURN,
    ]);
    expect(rewards).toEqual([0, 0.5, 0]);
    const late = [
      END_TURN,
      hermes("touch", { file_name: "a.txt" }),
      hermes("cat", { file_name: "note.txt" }),
      END_TURN,
    ];
    expect(total(play(episode(TWO_TURNS, { reward: "turn" }), late))).toBe(0);
  });

  test("by turn sum to the evaluation at any time", () => {
    const instance = episode(TWO_TURNS, { reward: "turn" });
    let sum = 0;
    for (const message of groundTruthMessages(TWO_TURNS)) {
      sum += instance.step(message).reward;
      expect(instance.evaluate().reward).toBeCloseTo(sum, 12);
    }
  });
});

describe("evaluate", () => {
  test("changes nothing and may be asked after every step", () => {
    const messages = [
      hermes("touch", { file_name: "a.txt" }),
      hermes("ls", {}),
      END_TURN,
      hermes("cat", { file_name: "note.txt" }),
      END_TURN,
    ];
    const asked = episode(TWO_TURNS);
    const alone = episode(TWO_TURNS);
    for (const message of messages) {
      const first = asked.evaluate();
      expect(asked.evaluate()).toEqual(first);
      expect(asked.step(message)).toEqual(alone.step(message));
    }
    expect(asked.evaluate()).toEqual(alone.evaluate());
  });

  test("says which rule failed in which turn, and the first difference", () => {
    const instance = episode(TWO_TURNS);
    play(instance, [hermes("touch", { file_name: "b.txt" }), END_TURN, hermes("ls", {}), END_TURN]);
    expect(instance.evaluate()).toMatchObject({
      reward: 0,
      success: false,
      verdict: {
        valid: false,
        error_type: "multi_turn:instance_state_mismatch",
        error_message: "Model instance for GorillaFileSystem does not match the state with ground truth instance.",
        diff_attrs: ["root"],
        turns: [
          { turn: 0, valid: false, error_type: "multi_turn:instance_state_mismatch" },
          { turn: 1, valid: false, error_type: "multi_turn:instance_state_mismatch" },
        ],
        first_difference: { turn: 0, class: "GorillaFileSystem", path: "root['contents']['a.txt']", model: null },
      },
    });
  });

  test("of an episode that was cut has the official words for it", () => {
    expect(episode(TWO_TURNS).evaluate().verdict).toMatchObject({
      valid: false,
      error_type: "multi_turn:force_terminated",
      error_message: [
        "Model was force-terminated during inference phase. The length of the model result turns (1) does not match the length of the ground truth turns (2).",
      ],
    });
  });
});
