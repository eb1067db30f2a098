/** Suites for what others plug in: import them in a test file and call them with your runner's `test` and `expect`. */
export { type CallsUnderTest, clientSuite } from "./client-suite.ts";
export { type EnvironmentUnderTest, environmentSuite } from "./environment-suite.ts";
export {
  launcherSuite,
  type RemoteWorkers,
  type SuiteEnvironment,
  suiteEnvironments,
  type TestRunner,
} from "./launcher-suite.ts";
