import { expect, test } from "bun:test";
import { connect } from "../../src/client/client.ts";
import type { InstanceHandle } from "../../src/client/index.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import type { StepResult } from "../../src/protocol/messages.ts";
import { Principals } from "../../src/server/principals.ts";
import type { Clock } from "../../src/util/clock.ts";
import { simulatedWell } from "../actors/well.ts";
import { CutNetwork, seeded } from "./cut-network.ts";

/** Waits before a reconnect end at once: only their order counts here. No deadline ever comes. */
const hurried: Clock = {
  now: () => 0,
  setTimeout: (fn, ms) => (ms > 5000 ? null : setImmediate(fn)),
  clearTimeout: (id) => {
    if (id !== null) clearImmediate(id as ReturnType<typeof setImmediate>);
  },
};

const GUESSES = ["1", "no number", "99", "30", "50", "43", "42"];

/** Plays an episode over a network that cuts; what the trainer sees, and what the server did. */
async function play(seed: number, cut: number, encoding: "json" | "msgpack") {
  const steps: string[] = [];
  const well = await simulatedWell({
    emit: (event) => void (event.kind === "ran" && event.op === "step" && steps.push(event.op)),
  });
  const random = seeded(seed);
  const ports = {
    sessions: well.sessions,
    principals: new Principals(new Map()),
    deadlines: well.system.deadlines,
    limits: WIRE_LIMITS,
    describe: () => ({ server: "test", limits: {}, environments: [], endpoints: [] }),
  };
  const network = new CutNetwork(ports, random);
  const client = await connect("ws://memory/v1", { encoding, clock: hurried, random, open: network.open });
  network.cut = cut;
  const instances: InstanceHandle[] = await client.createGroup("guess", "guess_42", 2);
  const seen: StepResult[][] = [[], []];
  for (const content of GUESSES) {
    const action = { role: "assistant" as const, content };
    const results = await client.stepMany(instances.map((instance) => ({ instance, action })));
    for (const [index, result] of results.entries()) {
      if ("error" in result) throw result.error;
      seen[index]?.push(result.ok);
    }
  }
  const scores = await client.evaluateMany(instances);
  await client.close();
  const rewards = scores.map((score) => ("ok" in score ? score.ok.reward : score.error.code));
  return { seen, rewards, steps: steps.length, cuts: network.cuts, live: well.system.size };
}

test("an episode over a network that cuts is the same as over one that does not, and every step runs once", async () => {
  const { cuts: none, ...undisturbed } = await play(0, 0, "msgpack");
  expect([none, undisturbed.rewards, undisturbed.steps]).toEqual([0, [1, 1], 14]);
  let cuts = 0;
  for (let seed = 1; seed <= 1500; seed++) {
    const { cuts: cut, ...played } = await play(seed, 0.25, seed % 2 === 0 ? "json" : "msgpack");
    cuts += cut;
    expect({ seed, ...played }).toEqual({ seed, ...undisturbed });
  }
  expect(cuts).toBeGreaterThan(1000);
});
