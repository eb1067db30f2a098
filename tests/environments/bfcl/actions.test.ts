import { describe, expect, test } from "bun:test";
import { MAX_CALLS_PER_MESSAGE } from "../../../src/environments/bfcl/actions/action.ts";
import { parseAction } from "../../../src/environments/bfcl/actions/parse-action.ts";
import { withoutThinking } from "../../../src/environments/bfcl/actions/think.ts";
import { repr } from "../../../src/environments/bfcl/python/repr.ts";
import type { Message } from "../../../src/protocol/messages.ts";

function say(content: string): Message {
  return { role: "assistant", content };
}

function openAi(...calls: [string, string][]): Message {
  return {
    role: "assistant",
    content: "I look.",
    tool_calls: calls.map(([name, args], index) => ({
      id: `id_${index}`,
      type: "function",
      function: { name, arguments: args },
    })),
  };
}

/** The calls as Python text, so that 5 and 5.0 look different. */
function calls(message: Message, format: Parameters<typeof parseAction>[1] = "auto"): string[] {
  return parseAction(message, format).calls.map(({ name, args, kwargs }) => {
    const all = [...args.map((arg) => repr(arg)), ...kwargs.map(([key, value]) => `${key}=${repr(value)}`)];
    return `${name}(${all.join(", ")})`;
  });
}

describe("tool_calls", () => {
  test("keep their ids, their text and the difference of 5 and 5.0", () => {
    const parsed = parseAction(
      openAi(["buy", '{"n": 5, "price": 5.0, "big": 9876543210123456}'], ["ls", "{}"]),
      "auto",
    );
    expect(parsed.format).toBe("tool_calls");
    expect(parsed.text).toBe("I look.");
    expect(parsed.calls.map((call) => call.id)).toEqual(["id_0", "id_1"]);
    expect(calls(openAi(["buy", '{"n": 5, "price": 5.0, "big": 9876543210123456}']))).toEqual([
      "buy(n=5, price=5.0, big=9876543210123456)",
    ]);
  });

  test("without arguments are calls without arguments", () => {
    expect(calls(openAi(["pwd", ""]))).toEqual(["pwd()"]);
  });

  test("with arguments that are no JSON object are errors under their id", () => {
    const parsed = parseAction(openAi(["a", "{"], ["b", "[1]"], ["c", "{}"]), "auto");
    expect(parsed.items.map((item) => [item.kind, item.id])).toEqual([
      ["malformed", "id_0"],
      ["malformed", "id_1"],
      ["call", "id_2"],
    ]);
    expect(parsed.parse_errors[0]).toContain("a: the arguments are not valid JSON");
    expect(parsed.parse_errors[1]).toContain("b: the arguments must be a JSON object, not list");
  });
});

describe("<tool_call> blocks", () => {
  test("are read in order, several in one message, with the text beside them", () => {
    const content =
      'First.\n<tool_call>\n{"name": "cd", "arguments": {"folder": "a"}}\n</tool_call>\n<tool_call>{"name": "ls", "arguments": {}}</tool_call>\nThen.';
    expect(calls(say(content))).toEqual(["cd(folder='a')", "ls()"]);
    expect(parseAction(say(content), "auto").text).toBe("First.\n\n\nThen.");
  });

  test("with broken JSON are an error and not silence", () => {
    const parsed = parseAction(say('<tool_call>\n{"name": "cd", "arguments": {"folder": "a"}\n</tool_call>'), "auto");
    expect(parsed.calls).toEqual([]);
    expect(parsed.parse_errors).toHaveLength(1);
    expect(parsed.parse_errors[0]).toContain("not valid JSON");
  });

  test("without a name, without arguments or never closed are errors that say so", () => {
    const errors = (content: string) => parseAction(say(content), "auto").parse_errors;
    expect(errors('<tool_call>{"arguments": {}}</tool_call>')).toEqual(['a <tool_call> has no "name"']);
    expect(errors('<tool_call>{"name": "ls"}</tool_call>')).toEqual(['ls: the <tool_call> has no "arguments"']);
    expect(errors('<tool_call>{"name": "ls", "arguments": {}}')).toEqual(["a <tool_call> was opened and never closed"]);
    expect(errors("<tool_call>[]</tool_call>")).toEqual(["the text of a <tool_call> must be a JSON object"]);
  });

  test("take arguments that are JSON text, as OpenAI writes them", () => {
    expect(calls(say('<tool_call>{"name": "f", "arguments": "{\\"x\\": 1.0}"}</tool_call>'))).toEqual(["f(x=1.0)"]);
  });

  test("may be many, but only so many", () => {
    const one = '<tool_call>{"name": "ls", "arguments": {}}</tool_call>';
    const parsed = parseAction(say(one.repeat(MAX_CALLS_PER_MESSAGE + 50)), "auto");
    expect(parsed.calls).toHaveLength(MAX_CALLS_PER_MESSAGE);
    expect(parsed.parse_errors).toHaveLength(1);
  });
});

describe("XML", () => {
  test("in the verbose form converts values by their declared type", () => {
    const content =
      '<functions><function name="f"><params><param name="a" value="5" type="integer"/><param name="b" value="5" type="float"/>' +
      '<param name="c" value="True" type="boolean"/><param name="d" value="[1, \'x\']" type="array"/><param name="e" value="a &amp; b"/></params></function></functions>';
    expect(calls(say(content))).toEqual(["f(a=5, b=5.0, c=True, d=[1, 'x'], e='a & b')"]);
  });

  test("in the concise form takes the text of each param", () => {
    const content =
      'Now:\n<functions>\n<function name="f"><param name="a" type="string"> x &lt; y </param><param name="n" type="null"></param></function><function name="g"/></functions>';
    expect(calls(say(content))).toEqual(["f(a='x < y', n=None)", "g()"]);
    expect(parseAction(say(content), "auto")).toMatchObject({ format: "xml", text: "Now:" });
  });

  test("that is broken, or of the wrong type, is an error", () => {
    const errors = (content: string) => parseAction(say(content), "auto").parse_errors[0];
    expect(errors("<functions><function></functions>")).toContain("mismatched tag: line 1, column 23");
    expect(errors("<functions>")).toContain("never closed");
    expect(
      errors('<functions><function name="f"><param name="a" type="integer">x</param></function></functions>'),
    ).toContain("a is not of the type integer");
    expect(errors('<functions><function name="f"><param name="a">&e;</param></function></functions>')).toContain(
      "undefined entity: line 1, column 46",
    );
  });
});

describe("Python calls", () => {
  test("are read as a list, keep positional arguments and number types", () => {
    const message = say("[cd('docs'), round_number(x=2.50, n=-1), g(a=[1, (2, 3)], b={'k': None}, c=True)]");
    expect(calls(message)).toEqual([
      "cd('docs')",
      "round_number(x=2.5, n=-1)",
      "g(a=[1, (2, 3)], b={'k': None}, c=True)",
    ]);
    expect(parseAction(message, "auto").format).toBe("python");
  });

  test("are read as one bare call and from fenced code", () => {
    expect(calls(say("ls(a=True)"))).toEqual(["ls(a=True)"]);
    expect(calls(say("I will:\n```python\n# look first\nls()\ncd(folder='a')\n```\nOk."))).toEqual([
      "ls()",
      "cd(folder='a')",
    ]);
    expect(calls(say("```\n[ls(), pwd()]\n```"))).toEqual(["ls()", "pwd()"]);
    expect(calls(say("```python\necho(\n  content='x',\n  file_name='y')\n```"))).toEqual([
      "echo(content='x', file_name='y')",
    ]);
  });

  test("that can't be read are an error", () => {
    expect(parseAction(say("[cd(folder='a]"), "auto").parse_errors).toHaveLength(1);
    expect(parseAction(say("[cd(folder='a'), ls("), "auto").parse_errors).toHaveLength(1);
    expect(parseAction(say("[cd(folder=)]"), "auto").parse_errors).toHaveLength(1);
  });

  test("are not seen in an answer that mentions them", () => {
    for (const answer of [
      "I called cd(folder='a') for you.",
      "All done (see above).",
      "[]",
      "",
      "```python\nx = 5\n```",
    ]) {
      expect(parseAction(say(answer), "auto")).toMatchObject({ items: [], format: null, parse_errors: [] });
    }
  });
});

describe("the form of an action", () => {
  const both: Message = { ...openAi(["a", "{}"]), content: '<tool_call>{"name": "b", "arguments": {}}</tool_call>' };

  test("is, with auto, the first of tool_calls, tags, XML, Python", () => {
    expect(calls(both)).toEqual(["a()"]);
    expect(calls(say(`${both.content}<functions><function name="c"/></functions>`))).toEqual(["b()"]);
  });

  test("pinned leaves the others unread", () => {
    expect(calls(both, "hermes")).toEqual(["b()"]);
    expect(parseAction(both, "python").items).toEqual([]);
    expect(parseAction(say("[f()]"), "tool_calls").items).toEqual([]);
  });
});

describe("thoughts", () => {
  test("are removed, closed or not, and calls in them are not run", () => {
    expect(withoutThinking("<think>a</think>b")).toBe("b");
    expect(withoutThinking("a<think>b</think>c<think>d</think>e")).toBe("ace");
    expect(withoutThinking("a<think>b")).toBe("a");
    expect(withoutThinking("thought without its opening</think>\nb")).toBe("\nb");
    expect(parseAction(say('<think><tool_call>{"name": "rm", "arguments": {}}</tool_call>'), "auto").items).toEqual([]);
    expect(calls(say("<think>f(1)?</think>\n\n[g(1)]"))).toEqual(["g(1)"]);
  });
});
