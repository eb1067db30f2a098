import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const src = join(import.meta.dir, "../../src");

/** What callers may rely on: taking a name away, or renaming it, breaks them. */
const entries: Record<string, { values: string[]; types: string[] }> = {
  "index.ts": {
    values: ["ERROR_CODES", "InstanceHandle", "ProtocolError", "createStepwell"],
    types: [
      "CreateOptions",
      "CreateResult",
      "EndReason",
      "Environment",
      "Episode",
      "EpisodeScore",
      "EpisodeStart",
      "EpisodeStep",
      "ErrorCode",
      "Evaluation",
      "Failure",
      "Message",
      "Options",
      "OptionsInput",
      "Settled",
      "StepResult",
      "Stepwell",
      "StepwellParts",
      "TaskPage",
      "TaskRow",
      "Tool",
      "ToolCall",
    ],
  },
  "client/index.ts": {
    values: ["Client", "InstanceHandle", "ProtocolError", "connect"],
    types: [
      "ConnectOptions",
      "CreateOptions",
      "CreateResult",
      "ErrorCode",
      "Evaluation",
      "Message",
      "Settled",
      "StepResult",
      "TaskPage",
      "TaskRow",
      "Tool",
    ],
  },
  "protocol/index.ts": {
    values: [
      "ERROR_CODES",
      "OPS",
      "PROTOCOL_VERSION",
      "ProtocolError",
      "SUBPROTOCOL",
      "WIRE_LIMITS",
      "decodeMessage",
      "encodeMessage",
      "encodeReply",
      "joinReplies",
      "parseRequest",
      "repliesOf",
      "requestsOf",
    ],
    types: [
      "ActionInfo",
      "CreateInfo",
      "CreateResult",
      "Encoded",
      "Encoding",
      "EndReason",
      "EnvironmentProfile",
      "ErrorCode",
      "Evaluation",
      "EventFrame",
      "Failure",
      "Frame",
      "Json",
      "JsonObject",
      "Message",
      "Op",
      "Provenance",
      "Reply",
      "Request",
      "RequestFrame",
      "RequestInput",
      "RewardParts",
      "StepInfo",
      "StepResult",
      "TaskPage",
      "TaskRow",
      "Tool",
      "ToolCall",
      "Welcome",
      "WireError",
      "WireLimits",
    ],
  },
  "testing/index.ts": {
    values: ["clientSuite", "environmentSuite", "launcherSuite", "suiteEnvironments"],
    types: ["CallsUnderTest", "EnvironmentUnderTest", "RemoteWorkers", "SuiteEnvironment", "TestRunner"],
  },
};

/** The names that an entry file exports, values apart from types; it may hold nothing but re-exports by name. */
function namesOf(file: string): { values: string[]; types: string[] } {
  const source = readFileSync(join(src, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const names = { values: [] as string[], types: [] as string[] };
  const rest = source.replaceAll(/export (type )?\{([^}]*)\} from "[^"]+";/g, (_, allTypes, list: string) => {
    for (const item of list.split(",").map((part) => part.trim())) {
      if (item === "") continue;
      const isType = allTypes !== undefined || item.startsWith("type ");
      const name = item.replace(/^type /, "").replace(/^.* as /, "");
      names[isType ? "types" : "values"].push(name);
    }
    return "";
  });
  expect(rest.trim()).toBe("");
  return { values: names.values.sort(), types: names.types.sort() };
}

for (const [file, names] of Object.entries(entries)) {
  test(`src/${file} exports the names listed here, and no other`, async () => {
    expect(namesOf(file)).toEqual(names);
    const loaded: object = await import(join(src, file));
    expect(Object.keys(loaded).sort()).toEqual(names.values);
  });
}

test("package.json has an entry for each of them", async () => {
  const { exports } = await Bun.file(join(src, "../package.json")).json();
  expect(Object.keys(exports)).toEqual([".", "./client", "./protocol", "./testing", "./package.json"]);
});
