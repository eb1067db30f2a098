import { expect, test } from "bun:test";
import { createActor } from "xstate";
import type { Worker } from "../../src/actors/ports.ts";
import { workerMachine } from "../../src/actors/worker-machine.ts";
import { guess } from "../../src/environments/guess/environment.ts";
import { EnvironmentHost } from "../../src/workers/environment-host.ts";
import { settle } from "./well.ts";

type Move = "up" | "fail" | "die" | "stop";

/** All orders of what can happen to a worker, each at most once. */
const orders: Move[][] = [[]];
for (const order of orders) {
  for (const next of ["up", "fail", "die", "stop"] as const) {
    const decided = order.includes("up") || order.includes("fail");
    if (order.includes(next) || (decided && (next === "up" || next === "fail"))) continue;
    if (next === "die" && !order.includes("up")) continue;
    orders.push([...order, next]);
  }
}

async function play(order: readonly Move[]) {
  const host = new EnvironmentHost("w1", guess);
  const launched = Promise.withResolvers<Worker>();
  const gone = Promise.withResolvers<string>();
  const told: string[] = [];
  let stops = 0;
  const worker: Worker = {
    link: host,
    catalogue: host.catalogue,
    capacity: 1,
    gone: gone.promise,
    stop: async () => {
      stops++;
    },
  };
  const actor = createActor(workerMachine, {
    input: {
      worker_id: "w1",
      launcher: { kind: "fake", launch: () => launched.promise },
      ready: () => void told.push("ready"),
      failed: (message) => void told.push(`failed: ${message}`),
      lost: (reason) => void told.push(`lost: ${reason}`),
      gone: (reason) => void told.push(`gone: ${reason}`),
    },
  }).start();
  for (const move of order) {
    if (move === "up") launched.resolve(worker);
    if (move === "fail") launched.reject(new Error("no room"));
    if (move === "die") gone.resolve("killed");
    if (move === "stop") actor.send({ type: "STOP" });
    await settle();
  }
  return { told, stops, status: actor.getSnapshot().status };
}

test("W1 to W4 hold in every order of launch, failure, death and stop", async () => {
  expect(orders.length).toBe(12);
  for (const order of orders) {
    const { told, stops, status } = await play(order);
    const ends = told.filter((one) => /^(gone|failed)/.test(one));
    expect(told.filter((one) => one === "ready").length).toBeLessThanOrEqual(1);
    expect(told.indexOf("ready")).toBeLessThanOrEqual(0);
    const up = order.includes("up");
    const over = order.includes("fail") || order.includes("die") || (up && order.includes("stop"));
    expect([order, ends.length, status]).toEqual([order, over ? 1 : 0, over ? "done" : "active"]);
    expect(stops).toBe(up && over ? 1 : 0);
    const losses = told.filter((one) => one.startsWith("lost"));
    const died =
      order.includes("up") && order.includes("die") && !order.slice(0, order.indexOf("die")).includes("stop");
    expect([order, losses.length]).toEqual([order, died && order.indexOf("up") < order.indexOf("die") ? 1 : 0]);
    if (losses.length > 0) expect(told.indexOf(losses[0] ?? "")).toBe(told.length - 2);
  }
});

test("what became of it is said with its reason", async () => {
  expect((await play(["fail"])).told).toEqual(["failed: no room"]);
  expect((await play(["up", "die"])).told).toEqual(["ready", "lost: killed", "gone: killed"]);
  expect((await play(["stop", "up"])).told).toEqual(["gone: stopped"]);
});
