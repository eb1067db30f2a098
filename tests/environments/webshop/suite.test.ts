import { expect, test } from "bun:test";
import { environmentSuite } from "../../../src/testing/environment-suite.ts";
import { environment, solution } from "./own-shop.ts";

for (const params of [{}, { reward: "success", prompt: "none" }, { prompt: "verl-agent" }, { observation: "html" }]) {
  environmentSuite(
    { load: () => environment, split: "test", solve: solution, params },
    { expect, test: (name, run) => test(`webshop ${JSON.stringify(params)}: ${name}`, run) },
  );
}
