import { beforeAll, describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildImage, findImage } from "../../src/containers/image.ts";
import { splitLog } from "../../src/containers/logs.ts";
import { imageTag, ownImage } from "../../src/containers/own-images.ts";
import { baseImage, isSkipped, notRun, testEngine } from "./engine.ts";
import { runSmokeTest } from "./smoke-test.ts";

const BUILD_MS = 900_000;

describe.skipIf(isSkipped)(`the server's image${notRun}`, () => {
  const tag = imageTag("stepwell", packageJson.version);
  const lines: string[] = [];

  beforeAll(async () => {
    await buildImage(testEngine(), tag, ownImage("stepwell", baseImage(), process.env), (line) => lines.push(line));
  }, BUILD_MS);

  test("is built step by step, in two stages, and runs as a user that is not root", async () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => line.includes(": FROM ")).length).toBe(2);
    expect(await findImage(testEngine(), tag)).toMatchObject({ user: "10001:10001" });
  });

  test("holds no certificate of the machine that built it, and no package manager", async () => {
    const Cmd = ["-c", "cat /build/ca.crt; command -v node npm pip; ls /usr/local/bin"];
    const container = await testEngine().call("create", (docker) =>
      docker.createContainer({ Image: tag, Entrypoint: ["/bin/sh"], Cmd }),
    );
    try {
      await testEngine().call("run", () => container.start());
      await testEngine().call("wait", () => container.wait());
      const log = await testEngine().call("read", () => container.logs({ stdout: true }));
      expect(splitLog(log)).toBe("stepwell\n");
    } finally {
      await testEngine().call("remove", () => container.remove({ force: true }));
    }
  });

  test("its smoke test passes: it serves, is well, ends in order, and solves the tasks of bfcl", async () => {
    const { code, text } = await runSmokeTest("stepwell", tag);
    expect(text).toContain(`${tag} works\n`);
    expect(code).toBe(0);
  });

  test("its smoke test does not pass an image that is another one", async () => {
    const { code, text } = await runSmokeTest("stepwell", baseImage());
    expect(text).not.toContain("works");
    expect(code).not.toBe(0);
  });
});

describe.skipIf(isSkipped)(`building images${notRun}`, () => {
  test("`stepwell images build` says what it built", async () => {
    const main = resolve(import.meta.dir, "../../src/cli/main.ts");
    const build = Bun.spawn([process.execPath, main, "images", "build", "stepwell"], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(build.stdout).text(), new Response(build.stderr).text()]);
    const { id } = (await findImage(testEngine(), imageTag("stepwell", packageJson.version))) ?? { id: "none" };
    expect(out).toMatch(new RegExp(`^stepwell:\\S+  ${id.replace("sha256:", "").slice(0, 12)}  \\d+ MB\n$`));
    expect(err).toContain(": Step 1/");
  });

  test("a step that fails is an error with its last lines", async () => {
    const build = { ...ownImage("stepwell", baseImage(), {}), dockerfile: "images/stepwell/no-such-file" };
    await expect(buildImage(testEngine(), "stepwell-test-fails:0", build, () => {})).rejects.toThrow(/no-such-file/);
    expect(await findImage(testEngine(), "stepwell-test-fails:0")).toBeNull();
  });
});
