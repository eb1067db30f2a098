import { expect, test } from "bun:test";
import { memoryCatalogue } from "../../../src/environments/webshop/catalogue/catalogue.ts";
import { goalPolicy } from "../../../src/environments/webshop/demo-policy.ts";
import { PROTOCOLS } from "../../../src/environments/webshop/protocols.ts";
import { GoalLists } from "../../../src/environments/webshop/tasks/goal-lists.ts";
import { catalogue, environment, goals, start, store } from "./own-shop.ts";

const ids = (split: string, filter = {}) => environment.tasks({ split, filter }).map(({ task_id }) => task_id);

test("the paper's protocol has its three ranges of human goals", () => {
  expect(ids("test").length).toBe(500);
  expect(ids("dev")[0]).toBe("webshop_500");
  expect(ids("dev").length).toBe(1000);
  expect(ids("train")[0]).toBe("webshop_1500");
  expect(ids("all").length).toBe(2000);
});

test("verl-agent has no dev split, and says which it has", () => {
  expect(ids("train", { protocol: "verl-agent" })[0]).toBe("verl-agent_500");
  expect(() => ids("dev", { protocol: "verl-agent" })).toThrow(
    "has the splits test, train, train_clean, test_clean, all",
  );
});

test("the clean splits share no product, whatever the protocol", () => {
  for (const protocol of PROTOCOLS) {
    const products = (split: string) => new Set(ids(split, { protocol }).map((id) => goals.task(id).goal.product));
    const [train, test_] = [products("train_clean"), products("test_clean")];
    expect(train.intersection(test_).size).toBe(0);
    expect(test_.size).toBeGreaterThan(100);
    expect(ids("train_clean", { protocol }).length + ids("test_clean", { protocol }).length).toBe(
      ids("all", { protocol }).length,
    );
  }
});

test("goals of ragen are those of verl-agent in another order; agentgym draws other price limits", () => {
  const texts = (protocol: string) => ids("all", { protocol }).map((id) => goals.task(id).goal.instruction);
  expect(texts("ragen")).not.toEqual(texts("verl-agent"));
  expect(texts("ragen").sort()).toEqual(texts("verl-agent").sort());
  expect(texts("agentgym").sort()).not.toEqual(texts("verl-agent").sort());
});

test("the same catalogue has the same price limits, wherever it is", () => {
  const again = new GoalLists(store, catalogue.streamSeed);
  for (const id of ids("test").slice(0, 50)) expect(again.task(id).goal).toEqual(goals.task(id).goal);
});

test("other nouns are other data, and the same goals", () => {
  const products = Array.from({ length: store.count }, (_, number) => store.product(number));
  const other = memoryCatalogue(products, [["lamp"]], { nouns: "none", source: "test" });
  expect(other.sha256).not.toBe(catalogue.sha256);
  expect(other.streamSeed).toBe(catalogue.streamSeed);
});

test("rows can be filtered by category and goal number, and a wrong filter is named", () => {
  expect(ids("all", { index: "3-5" })).toEqual(["webshop_3", "webshop_4", "webshop_5"]);
  expect(ids("test", { index: 7 })).toEqual(["webshop_7"]);
  const rows = environment.tasks({ split: "test", filter: { category: "pantry" } });
  expect(new Set(rows.map(({ category }) => category))).toEqual(new Set(["pantry"]));
  expect(() => ids("all", { index: "5-3" })).toThrow("0-49");
  expect(() => ids("all", { colour: "red" })).toThrow("protocol, category, index");
});

test("ids and parameters that are wrong say what is right", () => {
  expect(() => start("webshop_999999")).toThrow("2000 goals");
  expect(() => start("webshop_01")).toThrow("ids are a protocol");
  expect(() => start("webshop_1", { protocol: "ragen" })).toThrow('"protocol": "ragen"');
  expect(() => start("webshop_1", { reward: "turn" })).toThrow("params.reward");
  expect(start("ragen_1", { protocol: "ragen" }).info.protocol).toBe("ragen");
});

test("the policy of the demo buys without an option that is named like a page, which cannot be chosen", () => {
  const { goal } = goals.task("webshop_0");
  const policy = goalPolicy({ ...goal, options: ["features", "red", "Description"] }, () => "lamp");
  const page = [{ role: "user" as const, content: goal.asin }];
  expect(Array.from({ length: 4 }, () => policy(page).content)).toEqual([
    ...["search[lamp]", `click[${goal.asin.toLowerCase()}]`, "click[red]", "click[buy now]"],
  ]);
});
