import type { AnswerFormat } from "../decode/answer.ts";

/** One of the configurations of the format sensitivity category: how functions are shown, and how calls are to be written. */
export interface FormatConfig {
  readonly text: string;
  readonly return_format: Exclude<AnswerFormat, "java" | "javascript">;
  readonly tag: boolean;
  readonly docs: "python" | "xml" | "json";
  readonly prompt: "plaintext" | "markdown";
  readonly style: "classic" | "experimental";
}

const RETURN_FORMATS = ["python", "json", "verbose_xml", "concise_xml"] as const;
const DOCS = ["python", "xml", "json"] as const;

const config = (parts: Omit<FormatConfig, "text">): FormatConfig => ({
  ...parts,
  text: `ret_fmt=${parts.return_format}&tool_call_tag=${parts.tag ? "True" : "False"}&func_doc_fmt=${parts.docs}&prompt_fmt=${parts.prompt}&style=${parts.style}`,
});

const PLAIN = { prompt: "plaintext", style: "classic" } as const;
const BASE = { return_format: "python", tag: false, docs: "json" } as const;

/** The 26 configurations, in the official order: every return format, tag and form of the docs, then two other prompts. */
export const FORMAT_CONFIGS: readonly FormatConfig[] = [
  ...RETURN_FORMATS.flatMap((return_format) =>
    [true, false].flatMap((tag) => DOCS.map((docs) => config({ return_format, tag, docs, ...PLAIN }))),
  ),
  config({ ...BASE, prompt: "markdown", style: "classic" }),
  config({ ...BASE, prompt: "plaintext", style: "experimental" }),
];

const BY_TEXT: ReadonlyMap<string, FormatConfig> = new Map(FORMAT_CONFIGS.map((each) => [each.text, each]));

/** The configuration in a task id, `format_sensitivity_<n>:<configuration>:<task>`; undefined in any other id. */
export function configIn(id: string): FormatConfig | undefined {
  return BY_TEXT.get(id.split(":")[1] ?? "");
}
