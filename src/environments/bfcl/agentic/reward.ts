import type { RewardParts } from "../../../protocol/messages.ts";
import type { BfclParams } from "../params.ts";
import { splitWords } from "../python/strings.ts";
import { type AgenticVerdict, holdsWords, standardize } from "./checker.ts";

/** What an answer that is not right can earn at most in `dense`. */
const MOST_FOR_WRONG = 0.5;

/**
 * The parts of a reward. `sparse`: the official score. `turn`: the same, since one turn is judged. `dense`: 1 for a right
 * answer, else half of the largest share of an expected answer's words that stand in the response, each as a whole word.
 */
export function answerReward(
  verdict: AgenticVerdict,
  response: string | null,
  answers: readonly string[],
): RewardParts {
  const sparse = verdict.valid ? 1 : 0;
  const dense = verdict.valid ? 1 : MOST_FOR_WRONG * Math.max(0, ...answers.map((answer) => share(answer, response)));
  return { sparse, turn: sparse, dense };
}

/** The reward that a mode of `params.reward` names. */
export function rewardOf(mode: BfclParams["reward"], parts: RewardParts): number {
  switch (mode) {
    case "sparse":
    case "success":
      return parts.sparse;
    case "turn":
    case "dense":
      return parts[mode] ?? parts.sparse;
  }
}

function share(answer: string, response: string | null): number {
  const words = splitWords(standardize(answer));
  if (words.length === 0 || response === null) return 0;
  const said = standardize(response);
  return words.filter((word) => holdsWords(said, word)).length / words.length;
}
