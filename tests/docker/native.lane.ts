import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildImage, findImage } from "../../src/containers/image.ts";
import { imageTag, ownImage } from "../../src/containers/own-images.ts";
import { modelFolder } from "../../src/environments/bfcl/embedder/pull-embedder.ts";
import { cacheDir } from "../../src/util/cache-dir.ts";
import { endpointFolders } from "../workers/processes.ts";
import { baseImage, isSkipped, notRun, testEngine } from "./engine.ts";
import { NodeContainers } from "./node-containers.ts";
import { Served } from "./served.ts";

const folder = mkdtempSync(join(tmpdir(), "sw-"));
const NODE = `nat${process.pid}`;
const containers = new NodeContainers(NODE);
const variables = { STEPWELL_RUNTIME_DIR: folder, STEPWELL_NODE: NODE, STEPWELL_CACHE: join(folder, "cache") };
const say = (content: string) => ({ role: "assistant" as const, content });

describe.skipIf(isSkipped)(`native environments in containers, and the data of this machine${notRun}`, () => {
  const tag = imageTag("stepwell", packageJson.version);
  let served: Served | null = null;
  const start = async (env_type: string, more: Record<string, string> = {}) => {
    const args = ["--drain", "0", "--env", env_type, "--launcher", `${env_type}=docker`, "--max-workers", "1"];
    served = await Served.start(args, { ...variables, ...more });
    return served;
  };
  const stop = async () => {
    await served?.stop();
    served = null;
    expect(await containers.ids()).toEqual([]);
  };

  beforeAll(async () => {
    await buildImage(testEngine(), tag, ownImage("stepwell", baseImage(), process.env), () => {});
    // Files in the original's formats, with their nouns: what a user has who brings a catalogue.
    await stepwell("webshop", "generate", join(folder, "shop"), "--products", "50", "--seed", "7");
  }, 900_000);

  afterEach(stop);

  afterAll(() => {
    expect(endpointFolders(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("webshop: the catalogue that STEPWELL_WEBSHOP_DATA names is built here and served in the container, over the WebSocket", async () => {
    const { client } = await start("webshop", { STEPWELL_WEBSHOP_DATA: join(folder, "shop") });
    expect(await containers.run("ls /sys/class/net; touch /srv/given/STEPWELL_WEBSHOP_DATA/x 2>&1")).toMatch(
      /^lo\n.*Read-only file system\n$/,
    );
    const scored = await buySomething(client);
    await stop();
    // The same, without a container.
    served = await Served.start(["--drain", "0", "--env", "webshop", "--launcher", "in-process"], {
      ...variables,
      STEPWELL_WEBSHOP_DATA: join(folder, "shop"),
    });
    expect(await buySomething(served.client)).toEqual(scored);
    await stop();
    // It is not what is served where there are no data.
    const { client: other } = await start("webshop");
    expect(await buySomething(other)).not.toEqual(scored);
  }, 300_000);

  test("webshop: what `stepwell pull` built is served in the container", async () => {
    await stepwell("pull", "webshop", "--from", join(folder, "shop"));
    const { client } = await start("webshop");
    const pulled = await buySomething(client);
    await stop();
    const { client: named } = await start("webshop", {
      STEPWELL_WEBSHOP_DATA: join(folder, "cache/webshop/catalogue"),
    });
    expect(await buySomething(named)).toEqual(pulled);
  }, 300_000);

  test("bfcl: without data here those of the image are served, and DATASET_SUB_TYPE reaches the worker", async () => {
    const { client } = await start("bfcl", { DATASET_SUB_TYPE: "simple_python" });
    const { tasks } = await client.tasks("bfcl", { split: "all", limit: 1 });
    expect(tasks[0]?.task_id).toStartWith("simple_python");
    await using instance = await client.create("bfcl", "simple_python_0");
    const step = await instance.step(say("[calculate_triangle_area(base=10, height=5)]"));
    expect([step.reward, (await instance.evaluate()).success]).toEqual([1, true]);
  }, 300_000);

  test("an image that is not there is built when a worker is wanted, and the log tells how far it is; what containers use is in the metrics", async () => {
    // Its layers stay with another name.
    await testEngine().call("name", (docker) => docker.getImage(tag).tag({ repo: "stepwell-kept", tag: "lane" }));
    await testEngine().call("unname", (docker) => docker.getImage(tag).remove());
    expect(await findImage(testEngine(), tag)).toBeNull();
    const { client, log, address } = await start("guess");
    expect(log).toContain(`"message":"an image is not here: building it","image":"${tag}"`);
    expect(log).toContain(`"message":"${tag}: Step 1/`);
    await using instance = await client.create("guess", "guess_42");
    expect((await instance.step(say("42"))).reward).toBe(1);
    const metrics = await (await fetch(address.replace("ws:", "http:").replace("/v1", "/metrics"))).text();
    expect(metrics).toMatch(/^stepwell_container_memory_bytes\{env_type="guess"\} [1-9]\d{6,}$/m);
    await testEngine().call("unname", (docker) => docker.getImage("stepwell-kept:lane").remove());
  }, 900_000);

  const noModel = modelFolder(process.env) === null;
  const needs = noModel ? " (not run: needs `stepwell pull bfcl --memory-vector`)" : "";
  test.skipIf(noModel && process.env.CI !== "true")(
    `bfcl: what this machine's cache has beside the image's data reaches the container${needs}`,
    async () => {
      const missing = async ({ client }: Served) =>
        (await client.envProfile("bfcl")).unavailable.some(({ what }) => what.includes("memory_vector"));
      expect(await missing(await start("bfcl"))).toBe(true);
      await stop();
      expect(await missing(await start("bfcl", { STEPWELL_CACHE: cacheDir(process.env) }))).toBe(false);
    },
    300_000,
  );
});

type Client = Served["client"];

/** Buys the first product that a search for the request shows, and says what came of it and whose data it was. */
async function buySomething(client: Client) {
  const { tasks } = await client.tasks("webshop", { split: "test", limit: 1 });
  await using instance = await client.create("webshop", tasks[0]?.task_id ?? "");
  const [, wanted = ""] = /Instruction: \[SEP\] (.*?) \[SEP\]/.exec(String(instance.state.at(-1)?.content)) ?? [];
  const found = await instance.step(say(`search[${wanted.replaceAll(/[^a-z ]/g, "")}]`));
  const [product] = (found.info.available_actions as string[]).filter((action) =>
    /^click\[s[0-9a-z]{9}\]$/.test(action),
  );
  expect((await instance.step(say(product ?? ""))).info.page).toBe("item");
  const last = await instance.step(say("click[buy now]"));
  const { reward, verdict, failure, provenance } = await instance.evaluate();
  expect([last.is_terminated, failure]).toEqual([true, null]);
  return { task: tasks[0], product, last: last.reward, reward, verdict, provenance, shown: found.state };
}

async function stepwell(...args: string[]): Promise<void> {
  const main = resolve(import.meta.dir, "../../src/cli/main.ts");
  const child = Bun.spawn([process.execPath, main, ...args], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    env: { ...process.env, ...variables },
  });
  expect(await child.exited).toBe(0);
}
