import { expect, test } from "bun:test";
import type { JsonObject } from "../../../src/protocol/messages.ts";
import { atOnce } from "../../../src/util/maybe-promise.ts";
import { environment, goals, say, solution, start, store } from "./own-shop.ts";

const TASK = "webshop_3";

function play(task_id: string, actions: readonly string[], params: JsonObject = {}) {
  const episode = start(task_id, params);
  const steps = actions.map((action) => atOnce(episode.step(say(action))));
  return { episode, steps, last: steps.at(-1)?.state[0]?.content ?? "" };
}

test("an episode begins with what to do and the first page", () => {
  const { state, tools, info } = start(TASK);
  expect(state.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(state[1]?.content).toBe(`WebShop [SEP] Instruction: [SEP] ${goals.task(TASK).goal.instruction} [SEP] Search`);
  expect(tools.map((tool) => tool.function.name)).toEqual(["search", "click"]);
  expect([info.protocol, info.goal, info.step_limit, info.page]).toEqual(["webshop", 3, 100, "search"]);
  expect(info.nouns).toContain("grammar");
});

test("tools stand in the system message where they are asked for", () => {
  const content = start(TASK, { tool_prompt: "hermes" }).state[0]?.content ?? "";
  expect(content).toContain('<tools>\n{"type": "function", "function": {"name": "search"');
  expect(content).not.toContain("search[words]");
});

test("each message is answered by the page that it leads to, and the purchase ends it", () => {
  const { episode, steps } = play(
    TASK,
    solution(TASK).map(({ content }) => content ?? ""),
  );
  expect(steps.map(({ info }) => info?.page).filter((page, at, all) => page !== all[at - 1])).toEqual([
    "results",
    "item",
    "done",
  ]);
  expect(steps.map(({ reward }) => reward).slice(0, -1)).toEqual(steps.slice(1).map(() => 0));
  const { asin } = goals.task(TASK).goal;
  expect(steps.at(-1)?.reward_parts).toMatchObject({ sparse: 1, won: 1, task_score: 1, r_type: 1, r_price: 1 });
  expect(episode.evaluate().verdict).toMatchObject({ valid: true, purchased: { asin }, reward_info: { r_att: 1 } });
});

test("buying something else gives the part of the reward that fits, and success gives nothing for it", () => {
  const { goal } = goals.task(TASK);
  const other = Array.from({ length: store.count }, (_, number) => store.product(number)).find(
    (product) => product.query === goal.query && product.asin !== goal.asin,
  );
  const buy = [`search[${other?.title}]`, `click[${other?.asin}]`, "click[buy now]"];
  const { reward, success } = play(TASK, buy).episode.evaluate();
  expect(reward).toBeGreaterThan(0);
  expect([reward < 1, success]).toEqual([true, false]);
  expect(play(TASK, buy, { reward: "success" }).steps.at(-1)?.reward).toBe(0);
  expect(play(TASK, buy, { reward: "success" }).episode.evaluate().reward_parts.sparse).toBe(reward);
});

test("a click on nothing says what can be clicked; in strict mode it shows the same page", () => {
  const search = "search[desk lamp]";
  const lenient = play(TASK, [search, "click[nowhere]"]);
  expect(lenient.last).toStartWith(
    'Nothing happened: there is no "nowhere" to click. On this page you can do:\nclick[',
  );
  expect(lenient.steps[1]?.action).toEqual({
    valid: false,
    format: "text",
    parse_errors: ['there is no "nowhere" to click'],
  });
  const strict = play(TASK, [search, "click[nowhere]"], { strict: true });
  expect(strict.last).toBe(strict.steps[0]?.state[0]?.content ?? "");
  expect(play(TASK, ["click[search]"]).last).toContain("write search[words]");
  expect(play(TASK, ["hello"]).last).toContain("the message has no action");
});

test("what is not the whole message is no action in strict mode", () => {
  const text = "I will now do this: search[desk lamp]";
  expect(play(TASK, [text]).steps[0]?.info?.page).toBe("results");
  expect(play(TASK, [text], { strict: true }).steps[0]?.info?.page).toBe("search");
  expect(play(TASK, ["search[desk lamp]"], { strict: true }).steps[0]?.info?.page).toBe("results");
});

test("where the original's server fails, the page stays and the model is told", () => {
  const { steps, last } = play(TASK, ["search[<a> cotton]"]);
  expect(last).toContain("TypeError");
  expect(steps[0]?.info?.page).toBe("search");
});

test("random products are the same for a seed", () => {
  const shown = (seed: number | null) => {
    const episode = environment.create({ task_id: TASK, params: {}, seed, started_at: 0 });
    return atOnce(episode.step(say("search[<r>]"))).state[0]?.content;
  };
  expect(shown(1)).toBe(shown(1));
  expect(shown(1)).not.toBe(shown(2));
});

test("tool calls are answered by tool messages, tags of Hermes by a tool response", () => {
  const call = (id: string, name: string, args: object) => ({
    id,
    type: "function" as const,
    function: { name, arguments: JSON.stringify(args) },
  });
  const { state } = atOnce(
    start(TASK).step({
      role: "assistant",
      content: null,
      tool_calls: [call("a", "search", { query: "desk lamp" }), call("b", "click", { target: "x" })],
    }),
  );
  expect(state.map(({ role, tool_call_id }) => [role, tool_call_id])).toEqual([
    ["tool", "a"],
    ["tool", "b"],
  ]);
  expect(state[1]?.content).toContain("was not run");
  const hermes = play(TASK, ['<tool_call>{"name": "search", "arguments": {"query": "desk lamp"}}</tool_call>']);
  expect(hermes.last).toStartWith("<tool_response>\nInstruction:");
});

test("the limit of a protocol ends an episode without a reward, and can be changed", () => {
  const steps = (params: JsonObject) => play("verl-agent_0", Array(15).fill("search[lamp]"), params).steps;
  expect(steps({}).at(-1)?.end_reason).toBe("force_quit");
  expect(steps({}).at(-1)?.reward).toBe(0);
  expect(steps({ step_limit: null }).at(-1)?.end_reason).toBeNull();
});

test("verl-agent's prompt is whole in every message, with history up to its length", () => {
  const { episode, last } = play("verl-agent_3", ["search[bike pump]", "click[nowhere]", "click[next >]"]);
  expect(episode.state.length).toBe(1);
  expect(last).toContain(`Your task: ${goals.task("verl-agent_3").goal.instruction}.`);
  expect(last).toContain("You have taken 3 step(s)");
  expect(last).toContain("This is step 4.");
  expect(last).toContain("[Observation 2: ''Back to Search' [SEP] 'Page 1");
  expect(last).toContain("Action 3: 'click[next >]']");
  expect(last).not.toContain("Observation 1");
  expect(last).toContain("'click[back to search]',");
  expect(play("verl-agent_3", ["search[bike pump]"], { history_length: 0 }).last).toContain("The last 0 observations");
});

test("verl-agent's reward is ours in [0, 1], with its own beside it", () => {
  const { steps, episode } = play(
    "verl-agent_0",
    solution("verl-agent_0").map(({ content }) => content ?? ""),
  );
  expect(steps.at(-1)?.reward).toBe(1);
  expect(steps.at(-1)?.reward_parts?.protocol_reward).toBe(10);
  expect(episode.evaluate().verdict.protocol_reward).toBe(10);
});

test("pages can be capped, listed with their actions, bare, and repeated", () => {
  const capped = play(TASK, ["search[lamp]"], { max_observation_chars: 200 }).last;
  expect(capped).toMatch(/\n\[the page goes on: \d+ more characters\]$/);
  expect(capped.indexOf("\n[the page")).toBe(200);
  expect(play(TASK, ["search[lamp]"], { available_actions: true }).last).toContain(
    "\n\nAvailable actions:\nclick[back to search]\n",
  );
  expect(start(TASK, { prompt: "none" }).state.length).toBe(1);
  const repeated = play(TASK, ["search[lamp]"], { num_prev_obs: 1, num_prev_actions: 1 }).last;
  expect(repeated).toStartWith("WebShop [SEP] Instruction:");
  expect(repeated).toContain(" [SEP] search[lamp] [SEP] Instruction:");
});

test("inspect shows the page in any mode", () => {
  const { episode } = play(TASK, ["search[lamp]"]);
  expect(episode.inspect({ observation: "html" }).observation).toStartWith("<!DOCTYPE html>");
  expect(episode.inspect({ observation: "url" }).observation).toBe("http://127.0.0.1:3000/search_results/3/lamp/1");
  expect(() => episode.inspect({ observation: "smell" })).toThrow("one of text");
});
