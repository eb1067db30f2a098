import { hash } from "node:crypto";
import { packObservation } from "../protocol/codec.ts";
import type { Message } from "../protocol/messages.ts";

/**
 * The next link of an episode's hash chain: sha256, as hex, of the previous one ("" before the first step) and the
 * msgpack of `[state, reward, is_terminated]`. A rebuild that gives another chain gave other observations.
 */
export function nextHash(previous: string, state: Message[], reward: number, is_terminated: boolean): string {
  const observation = packObservation(state, reward, is_terminated);
  return hash("sha256", Buffer.concat([Buffer.from(previous, "hex"), observation]), "hex");
}
