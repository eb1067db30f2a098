import { expect, test } from "bun:test";
import { guess } from "../../../src/environments/guess/environment.ts";
import { environmentSuite } from "../../../src/testing/environment-suite.ts";

environmentSuite(
  {
    load: () => guess,
    split: "train",
    solve: (task_id) => [
      { role: "assistant", content: "100" },
      { role: "assistant", content: task_id.replace("guess_", "") },
    ],
  },
  { test, expect },
);
