import type { JsonObject, RewardParts } from "../../protocol/messages.ts";
import type { RewardInfo } from "./reward/reward.ts";

interface Bought {
  readonly reward: number;
  readonly info: RewardInfo;
  readonly asin: string | null;
  readonly price: number | null;
}

export interface ShopScore {
  readonly reward: number;
  readonly success: boolean;
  readonly verdict: JsonObject;
  readonly parts: RewardParts;
}

/**
 * The score of a visit; without a purchase it is 0. `sparse` is the original's reward and `success` gives 1 only where that is
 * 1; `protocol_reward` is what the protocol's own trainers see (10 or 0 in verl-agent), outside of [0, 1].
 */
export function scoreOf(
  bought: Bought | null,
  mode: "sparse" | "success",
  scale: (score: number) => number,
): ShopScore {
  const score = bought?.reward ?? 0;
  const success = score === 1;
  const parts: RewardParts = { sparse: score, won: success ? 1 : 0, task_score: score, protocol_reward: scale(score) };
  for (const [name, value] of Object.entries(bought?.info ?? {})) parts[name] = Number(value);
  return {
    reward: mode === "success" ? Number(success) : score,
    success,
    verdict: {
      valid: success,
      won: success,
      task_score: score,
      protocol_reward: scale(score),
      purchased: bought === null ? null : { asin: bought.asin, price: bought.price },
      ...(bought === null ? {} : { reward_info: { ...bought.info } }),
    },
    parts,
  };
}
