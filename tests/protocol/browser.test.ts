import { expect, test } from "bun:test";
import { join } from "node:path";

const entry = join(import.meta.dir, "../../src/protocol/index.ts");

test("the protocol is bundled for a browser without an import of Bun or Node left in it", async () => {
  const { success, outputs, logs } = await Bun.build({ entrypoints: [entry], target: "browser", throw: false });
  expect(logs.map(String)).toEqual([]);
  expect(success).toBe(true);
  const code = await outputs[0]?.text();
  expect(code).not.toMatch(/from\s*"(node:|bun)/);
});

test("the bundle works without the globals that only Bun and Node have", async () => {
  const { outputs } = await Bun.build({ entrypoints: [entry], target: "browser", format: "cjs" });
  const code = await outputs[0]?.text();
  const hidden = ["Bun", "process", "Buffer", "require", "global", "setImmediate", "__dirname"];
  const module: { exports: Partial<typeof import("../../src/protocol/index.ts")> } = { exports: {} };
  new Function("module", "exports", ...hidden, code ?? "")(module, module.exports);
  const { encodeMessage, decodeMessage, parseRequest, WIRE_LIMITS } = module.exports;
  if (!encodeMessage || !decodeMessage || !parseRequest || !WIRE_LIMITS) throw new Error("an export is missing");
  const ping = { id: 1, op: "ping" };
  for (const encoding of ["msgpack", "json"] as const) {
    expect<unknown>(decodeMessage(encodeMessage(ping, encoding), WIRE_LIMITS)).toEqual(ping);
  }
  expect<unknown>(parseRequest(ping)).toEqual(ping);
});
