import type { EpisodeScore } from "../../environment.ts";
import type { BfclParams } from "../params.ts";
import { judgeEpisode } from "./checker.ts";
import { answerReward, rewardOf } from "./reward.ts";

/** The score of a question by the message that ended it; null before that. */
export function questionScore(
  mode: BfclParams["reward"],
  response: string | null,
  answers: readonly string[],
): EpisodeScore {
  const verdict = judgeEpisode(response, answers);
  const parts = answerReward(verdict, response, answers);
  return { reward: rewardOf(mode, parts), success: verdict.valid, verdict: { ...verdict }, reward_parts: parts };
}
