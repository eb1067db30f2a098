import type { RewardParts } from "../../../protocol/messages.ts";
import type { BfclParams } from "../params.ts";
import type { TurnVerdict } from "./verdict.ts";

/** What a score is made of. */
export interface Scored {
  /** The official verdict on the episode as it stands. */
  readonly valid: boolean;
  readonly turns: readonly TurnVerdict[];
  /** How much of each turn that is over is right; only in `dense`, where it costs something. */
  readonly shares: readonly number[] | null;
  /** Turns that are over. */
  readonly ended: number;
  /** Turns that the task has. */
  readonly total: number;
}

/** The reward of an episode as it stands, in [0, 1]. */
export function episodeReward(mode: BfclParams["reward"], scored: Scored): number {
  switch (mode) {
    case "sparse":
    case "success":
      return sparse(scored);
    case "turn":
      return turnShare(scored);
    case "dense":
      return dense(scored);
  }
}

/**
 * `sparse` is the official score, `turn` the share of the turns that are over and valid from the first one on, `dense` (in
 * that mode alone) how much of the turns is right.
 */
export function rewardParts(scored: Scored): RewardParts {
  const parts = { sparse: sparse(scored), turn: turnShare(scored) };
  return scored.shares === null ? parts : { ...parts, dense: dense(scored) };
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

/**
 * The shares of the turns that are over (see Judge.share), a turn counting alike; 1 as soon as the official verdict is
 * valid, and never otherwise: a share is 1 only where the turn is.
 */
function dense(scored: Scored): number {
  if (scored.valid) return 1;
  const { shares, total } = scored;
  return total === 0 || shares === null ? 0 : shares.reduce((sum, share) => sum + share, 0) / total;
}
