import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpointFolders } from "../workers/processes.ts";
import { isSkipped, notRun, testEngine } from "./engine.ts";
import { NodeContainers } from "./node-containers.ts";
import { Served } from "./served.ts";

const runtime = mkdtempSync(join(tmpdir(), "sw-"));
const NODE = `lane${process.pid}`;
const nodes = new NodeContainers(NODE);
const containers = () => nodes.ids();
const running = () => nodes.ids(false);
const GUESS = ["--drain", "0", "--env", "guess", "--launcher", "docker", "--workers", "1", "--max-workers", "1"];
const guessing = (content: string) => ({ role: "assistant" as const, content });

describe.skipIf(isSkipped)(`a server with its workers in containers${notRun}`, () => {
  let served: Served | null = null;

  const start = async (args: readonly string[] = GUESS) => {
    served = await Served.start(args, { STEPWELL_RUNTIME_DIR: runtime, STEPWELL_NODE: NODE });
    return served;
  };

  afterEach(async () => {
    await served?.stop();
    served = null;
    // Whatever happened: nothing is left running, nothing on disk.
    expect(await containers()).toEqual([]);
    expect(endpointFolders(runtime)).toEqual([]);
  });

  afterAll(() => rmSync(runtime, { recursive: true }));

  test("an episode runs over the socket, and a killed container costs it nothing but time", async () => {
    const { client } = await start();
    const instance = await client.create("guess", "guess_42");
    expect((await instance.step(guessing("50"))).state[0]?.content).toBe("Lower.");
    const [first] = await containers();
    await testEngine().call("kill", (docker) => docker.getContainer(first ?? "").kill());
    const last = await instance.step(guessing("42"));
    expect([last.reward, last.is_terminated]).toEqual([1, true]);
    expect(await instance.evaluate()).toMatchObject({ reward: 1, success: true, failure: null });
    const now = await until(containers, (ids) => ids.length === 1);
    expect(now).not.toEqual([first]);
  });

  test("the containers of a server that was killed end by themselves, and the next start removes them", async () => {
    const first = await start();
    const instance = await first.client.create("guess", "guess_42");
    await instance.step(guessing("50"));
    const [old] = await containers();
    await first.kill();
    await until(running, (ids) => ids.length === 0);
    expect(await containers()).toEqual([old ?? ""]);
    const second = await start();
    expect(second.log).toContain("removed containers of servers that are gone");
    const ids = await containers();
    expect([ids.length, ids.includes(old ?? "")]).toEqual([1, false]);
    expect(endpointFolders(runtime).length).toBe(1);
    const again = await second.client.create("guess", "guess_42");
    expect((await again.step(guessing("42"))).reward).toBe(1);
  });
});

/** Asks until the answer is as it should be; the runner's own deadline ends it otherwise. */
async function until<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    await Bun.sleep(50);
  }
}
