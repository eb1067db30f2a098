import { type AnswerOptions, decodeAnswer } from "../decode/answer.ts";
import { PyError } from "../python/errors.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { checkCalls, type Wanted } from "./ast-checker.ts";
import type { CheckOptions } from "./function-rule.ts";
import type { RuleError } from "./verdict.ts";

/** What a decoder made of an answer: calls (or something else), or why it could not be read. */
export type Decoded = { readonly value: PyValue } | { readonly failed: string };

/** Decodes an answer text; a text without calls is no failure of ours. */
export function tryDecode(text: string, options: AnswerOptions): Decoded {
  try {
    return { value: decodeAnswer(text, options) };
  } catch (error) {
    if (error instanceof PyError) return { failed: error.message };
    throw error;
  }
}

/** Judges an answer in the AST categories, as the official `_evaluate_single_ast_entry` does; null when it is right. */
export function judgeCalls(decoded: Decoded, wanted: Wanted, options: CheckOptions): RuleError | null {
  if ("failed" in decoded) {
    return {
      error_type: "ast_decoder:decoder_failed",
      error: [`Invalid syntax. Failed to decode AST. ${decoded.failed}`],
    };
  }
  const calls = asCalls(decoded.value);
  if (calls === null) {
    return {
      error_type: "ast_decoder:decoder_wrong_output_format",
      error: [
        "Did not output in the specified format. Note: the model_result is wrapped in a string to ensure json serializability.",
      ],
    };
  }
  try {
    return checkCalls(calls, wanted, options);
  } catch (error) {
    // Some answers end the official evaluation in an exception; here they are wrong, and the text says why.
    if (error instanceof PyError) {
      return { error_type: `ast_checker:${error.kind}`, error: [`${error.kind}: ${error.message}`] };
    }
    throw error;
  }
}

/** Judges an answer where no call is wanted (`irrelevance`) or any call is (`relevance`); null when it is right. */
export function judgeRelevance(decoded: Decoded, wanted: "relevance" | "irrelevance"): RuleError | null {
  const called = "value" in decoded && hasCall(decoded.value);
  if (called === (wanted === "relevance")) return null;
  if (wanted === "irrelevance") {
    return {
      error_type: "irrelevance_error:decoder_success",
      error: ["Valid syntax. Successfully decode AST when it should not."],
    };
  }
  const why = "failed" in decoded ? decoded.failed : "None";
  return {
    error_type: "relevance_error:decoder_failed",
    error: [`Invalid syntax. Failed to decode AST when it should have. ${why}`],
  };
}

/** The items of `[{name: {argument: value}}, ...]`, which the empty list is too; null for anything else. */
function asCalls(value: PyValue): readonly PyDict[] | null {
  if (!Array.isArray(value)) return null;
  const calls = value.filter((item): item is PyDict => {
    if (!(item instanceof PyDict) || item.size !== 1) return false;
    return item.values().next().value instanceof PyDict;
  });
  return calls.length === value.length ? calls : null;
}

function hasCall(value: PyValue): boolean {
  const calls = asCalls(value);
  return calls !== null && calls.length > 0;
}
