import { expect, test } from "bun:test";
import { launcherSuite } from "../../src/testing/launcher-suite.ts";
import { inProcessLauncher } from "../../src/workers/in-process.ts";

launcherSuite("in-process", (environment) => inProcessLauncher(() => environment), { test, expect });
