import { expect, test } from "bun:test";
import { knownSolution } from "../../../src/environments/bfcl/demo-policy.ts";
import { bfclEnvironment } from "../../../src/environments/bfcl/environment.ts";
import { environmentSuite } from "../../../src/testing/environment-suite.ts";
import { loadDataForTests, whyNoData } from "../../parity/bfcl-data.ts";

const missing = whyNoData();
const runner = {
  expect,
  test: (name: string, run: () => Promise<void>) =>
    test.skipIf(missing !== null && process.env.CI !== "true")(
      missing === null ? name : `${name} (not run: ${missing})`,
      run,
    ),
};

for (const reward of ["sparse", "success", "turn", "dense"]) {
  environmentSuite(
    {
      load: () => bfclEnvironment(loadDataForTests()),
      split: "val",
      solve: (task_id) => knownSolution(loadDataForTests().task(task_id)),
      params: { reward },
    },
    { ...runner, test: (name, run) => runner.test(`bfcl, reward ${reward}: ${name}`, run) },
  );
}
