import { expect, test } from "bun:test";
import { join } from "node:path";

test("the group example plays eight instances to reward 1", async () => {
  const main = join(import.meta.dir, "../../examples/group/main.ts");
  const child = Bun.spawn([process.execPath, main], { stdout: "pipe", stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("reward 1\n".repeat(8));
  expect(await child.exited).toBe(0);
});
