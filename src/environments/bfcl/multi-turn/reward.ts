import type { RewardParts } from "../../../protocol/messages.ts";
import type { BfclParams } from "../params.ts";
import type { TurnVerdict } from "./verdict.ts";

/** What a score is made of. */
export interface Scored {
  /** The official verdict on the episode as it stands. */
  readonly valid: boolean;
  readonly turns: readonly TurnVerdict[];
  /** Turns that are over. */
  readonly ended: number;
  /** Turns that the task has. */
  readonly total: number;
}

/** The reward of an episode as it stands, in [0, 1]. */
export function episodeReward(mode: BfclParams["reward"], scored: Scored): number {
  return mode === "turn" ? turnShare(scored) : sparse(scored);
}

/** `sparse` is the official score, `turn` the share of the turns that are over and valid from the first one on. */
export function rewardParts(scored: Scored): RewardParts {
  return { sparse: sparse(scored), turn: turnShare(scored) };
}

function sparse(scored: Scored): number {
  return scored.valid ? 1 : 0;
}

/**
 * State persists over turns and the official checker stops at the first turn that fails, so a turn counts when it and
 * every turn before it pass. Only turns that are over count: so the rewards of the steps sum to this at any time.
 */
function turnShare({ turns, ended, total }: Scored): number {
  const failed = turns.slice(0, ended).findIndex((turn) => turn.error !== null);
  return total === 0 ? 0 : (failed === -1 ? ended : failed) / total;
}
