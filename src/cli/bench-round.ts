import type { Client, InstanceHandle, Message, StepResult } from "../client/index.ts";
import { encodeReply } from "../protocol/codec.ts";
import type { EchoClient, EchoFrame } from "./bench-echo-client.ts";
import type { Script } from "./bench-script.ts";
import type { Child } from "./bench-server.ts";

/** How trajectories are played: `n` at once, their steps sent in messages of `batch`. */
export interface Load {
  readonly n: number;
  readonly batch: number;
}

/** What was measured, over all rounds of a load. Times of single calls in ms. */
export class Sums {
  readonly create: number[] = [];
  readonly evaluate: number[] = [];
  readonly step: number[] = [];
  readonly echo: number[] = [];
  stepping_s = 0;
  echoing_s = 0;
  /** Resident bytes that the server grew by with the instances of a round, for each of them; the most of all rounds. */
  bytes_per_instance = 0;
}

interface Trajectory {
  readonly instance: InstanceHandle;
  readonly actions: readonly Message[];
  step: number;
}

/**
 * One round: creates, then the stepping phase, evaluations and releases, and at once the same frames through the echo
 * server, so that a machine whose speed drifts is as fast for one as for the other.
 */
export async function playRound(
  ends: { readonly client: Client; readonly echo: EchoClient; readonly server: Child },
  scripts: readonly Script[],
  load: Load,
  sums: Sums,
): Promise<void> {
  const { client, echo, server } = ends;
  const before = server.memory();
  const trajectories = await createAll(client, scripts, sums);
  sums.bytes_per_instance = Math.max(sums.bytes_per_instance, (server.memory() - before) / trajectories.length);
  const lanes = Math.max(1, Math.floor(load.n / load.batch));
  const played: { instance: InstanceHandle; action: Message; result: StepResult }[] = [];
  const queue = trajectories.values();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: lanes }, () =>
      playLane(client, load.batch, queue, (instance, action, result, took) => {
        sums.step.push(took);
        played.push({ instance, action, result });
      }),
    ),
  );
  sums.stepping_s += (performance.now() - started) / 1000;
  await evaluateAll(client, trajectories, sums);
  const frames = played.map(({ instance, action, result }, id): EchoFrame => {
    return { instance_id: instance.id, action, reply_bytes: encodeReply({ re: id, ok: result }, "msgpack").length };
  });
  sums.echoing_s += await echo.replay(frames, lanes, load.batch, sums.echo);
}

async function createAll(client: Client, scripts: readonly Script[], sums: Sums): Promise<Trajectory[]> {
  const trajectories: Trajectory[] = [];
  for (const { task_id, actions } of scripts) {
    const sent = performance.now();
    const instance = await client.create("bfcl", task_id);
    sums.create.push(performance.now() - sent);
    trajectories.push({ instance, actions, step: 0 });
  }
  return trajectories;
}

async function evaluateAll(client: Client, trajectories: readonly Trajectory[], sums: Sums): Promise<void> {
  for (const { instance } of trajectories) {
    const sent = performance.now();
    const { reward } = await instance.evaluate();
    sums.evaluate.push(performance.now() - sent);
    if (reward !== 1) throw new Error(`${instance.info.task_id} ended with reward ${reward}`);
  }
  await client.releaseMany(trajectories.map(({ instance }) => instance));
}

/** Steps `batch` trajectories together; one that has ended makes room for the next of the queue. */
async function playLane(
  client: Client,
  batch: number,
  queue: Iterator<Trajectory>,
  stepped: (instance: InstanceHandle, action: Message, result: StepResult, took: number) => void,
): Promise<void> {
  let live: Trajectory[] = [];
  for (;;) {
    while (live.length < batch) {
      const next = queue.next();
      if (next.done) break;
      live.push(next.value);
    }
    if (live.length === 0) return;
    const items = live.map((one) => ({ instance: one.instance, action: nextAction(one) }));
    const sent = performance.now();
    const results = await stepAll(client, items);
    const took = performance.now() - sent;
    live = live.filter((_, index) => {
      const [item, result] = [items[index], results[index]];
      if (!item || !result) throw new Error("a step has no answer");
      stepped(item.instance, item.action, result, took);
      return !result.is_terminated;
    });
  }
}

async function stepAll(
  client: Client,
  items: readonly { instance: InstanceHandle; action: Message }[],
): Promise<StepResult[]> {
  const [only] = items;
  if (only && items.length === 1) return [await only.instance.step(only.action)];
  return (await client.stepMany(items)).map((one) => {
    if ("ok" in one) return one.ok;
    throw one.error;
  });
}

function nextAction(trajectory: Trajectory): Message {
  return trajectory.actions[trajectory.step++] ?? { role: "assistant", content: "Done." };
}
