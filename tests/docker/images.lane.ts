import { beforeAll, describe, expect, test } from "bun:test";
import { nanoid } from "nanoid";
import packageJson from "../../package.json" with { type: "json" };
import { Containers } from "../../src/containers/containers.ts";
import { buildImage, findImage } from "../../src/containers/image.ts";
import { DEFAULT_LIMITS } from "../../src/containers/limits.ts";
import { splitLog } from "../../src/containers/logs.ts";
import { imageTag, ownImage } from "../../src/containers/own-images.ts";
import { healthy, untilReady } from "../../src/containers/readiness.ts";
import { baseImage, isSkipped, notRun, testEngine } from "./engine.ts";

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

  test("serves, and its own health check finds it well", async () => {
    const containers = new Containers(testEngine(), "n0");
    const container = await containers.run(spec(null, { STEPWELL_TOKEN: "of-a-test" }));
    try {
      await untilReady(container, healthy(), 60_000);
      expect(await container.log()).toContain("stepwell serves ws://0.0.0.0:8000/v1");
      await container.kill("SIGTERM");
      expect((await container.exited).code).toBe(0);
    } finally {
      await containers.remove(container);
    }
  });

  test("will not be open to everybody: without a token it says so and ends", async () => {
    const { code, text } = await runToEnd(["serve"]);
    expect(code).toBe(1);
    expect(text).toContain("STEPWELL_TOKEN");
  });

  test("solves tasks of bfcl without a network, with nothing writable and no capability", async () => {
    const { code, text } = await runToEnd(["demo", "bfcl", "--limit", "100"], { STEPWELL_HOST: "127.0.0.1" });
    expect(text).toContain("100");
    expect(code).toBe(0);
  });

  function spec(command: readonly string[] | null, environment: Record<string, string>) {
    return {
      worker_id: `image-${nanoid(8).replaceAll(/[^a-zA-Z0-9]/g, "x")}`,
      env_type: "image",
      image: tag,
      command,
      user: null,
      environment,
      mounts: [],
      limits: DEFAULT_LIMITS,
      health_check: true,
    };
  }

  async function runToEnd(command: readonly string[], environment: Record<string, string> = {}) {
    const containers = new Containers(testEngine(), "n0");
    const container = await containers.run(spec(command, environment));
    try {
      const { code } = await container.exited;
      return { code, text: await container.log(1_000) };
    } finally {
      await containers.remove(container);
    }
  }
});

describe.skipIf(isSkipped)(`building images${notRun}`, () => {
  test("a step that fails is an error with its last lines", async () => {
    const build = { ...ownImage("stepwell", baseImage(), {}), dockerfile: "images/stepwell/no-such-file" };
    await expect(buildImage(testEngine(), "stepwell-test-fails:0", build, () => {})).rejects.toThrow(/no-such-file/);
    expect(await findImage(testEngine(), "stepwell-test-fails:0")).toBeNull();
  });
});
