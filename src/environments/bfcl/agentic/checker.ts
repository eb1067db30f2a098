import { lower } from "../python/strings.ts";
import { hasNewer } from "../python/unicode.ts";

/** A verdict on a final answer: the official fields. */
export interface AgenticVerdict {
  readonly valid: boolean;
  readonly error_type?: "agentic:answer_not_found" | "agentic:no_last_message";
  /** A list where the official evaluation has one (no_last_message), else a text. */
  readonly error_message?: string | string[];
  readonly details?: {
    readonly model_response: string;
    readonly possible_answers: readonly string[];
    readonly standardized_model_response: string;
    readonly standardized_possible_answers: readonly string[];
  };
}

/** The official rule for an entry: it needs a last message that is no call and not empty (null: there is none). */
export function judgeEpisode(response: string | null, answers: readonly string[]): AgenticVerdict {
  if (response !== null && response !== "") return judgeAnswer(response, answers);
  return {
    valid: false,
    error_type: "agentic:no_last_message",
    error_message: ["Cannot find the last chat message that is not a function call."],
  };
}

/**
 * The official agentic_checker: right when one of the answers stands in the response as whole words, whatever the case and
 * the punctuation.
 */
export function judgeAnswer(response: string, answers: readonly string[]): AgenticVerdict {
  const said = standardize(response);
  const wanted = answers.map(standardize);
  if (wanted.some((answer) => holdsWords(said, answer))) return { valid: true };
  return {
    valid: false,
    error_type: "agentic:answer_not_found",
    error_message: "None of the expected answers were found in the model response.",
    details: {
      model_response: response,
      possible_answers: answers,
      standardized_model_response: said,
      standardized_possible_answers: wanted,
    },
  };
}

/** A text without the punctuation that does not matter, in lower case, every quote a double one. */
export function standardize(text: string): string {
  return lower(text.replace(/[,./\-_*^()]/g, "")).replaceAll("'", '"');
}

/** re.search(rf"\b{re.escape(words)}\b", text) */
export function holdsWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    if (isBoundary(text, at) && isBoundary(text, at + words.length)) return true;
    if (at === text.length) return false;
  }
  return false;
}

/** Python's `\b`: exactly one of the characters beside the place is a word character. */
function isBoundary(text: string, at: number): boolean {
  return endsInWord(text.slice(Math.max(0, at - 2), at)) !== WORD_FIRST.test(known(text.slice(at, at + 2)));
}

const WORD_FIRST = /^[\p{L}\p{N}_]/u;
const WORD_LAST = /[\p{L}\p{N}_]$/u;

function endsInWord(before: string): boolean {
  return WORD_LAST.test(known(before));
}

/** Characters that Python 3.11 does not know yet are no word characters to it. */
function known(text: string): string {
  return hasNewer(text) ? Array.from(text, (char) => (hasNewer(char) ? " " : char)).join("") : text;
}
