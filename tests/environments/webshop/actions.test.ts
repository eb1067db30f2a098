import { expect, test } from "bun:test";
import { readAction } from "../../../src/environments/webshop/actions/read-action.ts";
import { strictVerlAgentAction } from "../../../src/environments/webshop/actions/strict-action.ts";
import { lastTextAction } from "../../../src/environments/webshop/actions/text-action.ts";
import type { Message } from "../../../src/protocol/messages.ts";

const say = (content: string): Message => ({ role: "assistant", content });
const read = (content: string) => {
  const { format, call } = readAction(say(content), "auto");
  return call && `${format} ${call.name} ${call.argument}`;
};

function calling(...calls: readonly [name: string, args: string][]): Message {
  const tool_calls = calls.map(([name, args], at) => ({
    id: `c${at}`,
    type: "function" as const,
    function: { name, arguments: args },
  }));
  return { role: "assistant", content: null, tool_calls };
}

test("the last action of a text is the one that is read", () => {
  expect(read("I could search[red shoes], but click[B0ABC] is better.")).toBe("text click B0ABC");
  expect(read("Action:\nSearch[ red shoes ]")).toBe("text search red shoes");
  expect(read("I did my research[1] already")).toBeNull();
});

test("brackets inside of an action belong to it, and an unclosed one ends with its line", () => {
  expect(lastTextAction("click[black [2 pack]]")?.argument).toBe("black [2 pack]");
  expect(lastTextAction("click[red [x] and more")?.argument).toBe("red [x");
  expect(lastTextAction("search[red shoes\nfor me]")?.argument).toBe("red shoes");
});

test("tags, tool calls and thoughts are read in every form that trainers send", () => {
  expect(read("<think>click[a]</think><action>click[Buy Now]</action> search[x]")).toBe("tags click Buy Now");
  expect(read("<think>click[a]")).toBeNull();
  expect(read('<tool_call>\n{"name": "search", "arguments": {"query": "lamp"}}\n</tool_call>')).toBe(
    "hermes search lamp",
  );
  expect(readAction(calling(["click", '{"target": "buy now"}']), "auto").call?.argument).toBe("buy now");
  expect(readAction(calling(["search", '{"keywords": "lamp"}']), "auto").call?.argument).toBe("lamp");
});

test("of several tool calls the first is run, and every id is kept to be answered", () => {
  const { call, toolCallIds, errors } = readAction(
    calling(["search", '{"query": "lamp"}'], ["click", '{"target": "buy now"}']),
    "auto",
  );
  expect(call).toEqual({ name: "search", argument: "lamp" });
  expect(toolCallIds).toEqual(["c0", "c1"]);
  expect(errors).toEqual(["only the first of 2 calls was run"]);
});

test("what cannot be read says why", () => {
  const errors = (message: Message) => readAction(message, "auto").errors.join("; ");
  expect(errors(calling(["buy", "{}"]))).toContain('no tool "buy"');
  expect(errors(calling(["click", '{"target": 5}']))).toContain('needs "target"');
  expect(errors(calling(["click", "{"]))).toContain("not valid JSON");
  expect(errors(say("<action>buy it</action>"))).toContain("neither search");
  expect(errors(say(`search[${"a ".repeat(600)}]`))).toContain("longer than 1000");
  expect(readAction(say("search[lamp]"), "tags").call).toBeNull();
});

test("a text full of brackets is read in time that grows with its length alone", () => {
  for (const piece of ["click[", "[", "]", "search", "<action>"]) readAction(say(piece.repeat(300_000)), "auto");
});

test("strict verl-agent wants its tags and its language, and takes the end of what has none", () => {
  const strict = (content: string) => strictVerlAgentAction(say(content));
  expect(strict("<think>x</think><action> Click[Buy Now] </action>")).toEqual({
    text: "click[buy now]",
    valid: true,
    errors: [],
  });
  expect(strict("<action>click[a]</action>").valid).toBe(false);
  expect(strict("<think>好</think><action>click[a]</action>").valid).toBe(false);
  expect(strict("Let me now do this: click[buy now]").text).toBe("this: click[buy now]");
});
