import { evaluate } from "../python/ast/evaluate.ts";
import { parseModule } from "../python/ast/parse-expression.ts";
import { strFormat } from "../python/format.ts";
import { getItem } from "../python/operators.ts";
import type { PyDict, PyValue } from "../python/values.ts";
import type { FormatConfig } from "./config.ts";
import { functionDocs } from "./function-docs.ts";

/** What the official loader puts behind every function's description. */
const HINT = " Note that the provided function is in Python 3 syntax.";

/**
 * The constants of the official module of prompts, which is read as data: its text comes with the wheel and is not part
 * of this project.
 */
export class OfficialPrompts {
  readonly #constants = new Map<string, PyValue>();
  /** The docs of a task in each form: its 26 configurations share them. */
  readonly #docs = new WeakMap<readonly PyDict[], Map<FormatConfig["docs"], string>>();

  constructor(source: string) {
    for (const [name, value] of parseModule(source)) this.#constants.set(name, evaluate(value, this.#constants));
  }

  /** A constant of the module. Throws an Error when there is none. */
  constant(name: string): PyValue {
    const value = this.#constants.get(name);
    if (value === undefined) throw new Error(`the official prompts have no ${name}`);
    return value;
  }

  /** The system prompt of a configuration for the functions of a task, as `formulate_system_prompt` makes it. */
  systemPrompt(config: FormatConfig, functions: readonly PyDict[]): string {
    const style = this.#entry("PROMPT_STYLE_TEMPLATES", config.style);
    const part = (name: string): string => String(getItem(style, name));
    const form = {
      output_format: this.#entry("OUTPUT_FORMAT_MAPPING", config.return_format),
      param_types: this.#entry("PARAM_TYPE_MAPPING", config.return_format),
    };
    return strFormat(String(this.#entry("PROMPT_TEMPLATE_MAPPING", config.prompt)), {
      persona: part("persona"),
      task: part("task"),
      tool_call_format: strFormat(part(config.tag ? "tool_call_with_tag" : "tool_call_no_tag"), form),
      multiturn_behavior: part("multiturn_behavior"),
      available_tools: strFormat(part("available_tools"), {
        format: config.docs,
        functions: this.#docsOf(functions, config.docs),
      }),
    });
  }

  #docsOf(functions: readonly PyDict[], form: FormatConfig["docs"]): string {
    const forms = this.#docs.get(functions) ?? new Map<FormatConfig["docs"], string>();
    this.#docs.set(functions, forms);
    const docs = forms.get(form) ?? functionDocs(functions.map(hinted), form);
    forms.set(form, docs);
    return docs;
  }

  #entry(name: string, key: string): PyValue {
    return getItem(this.constant(name), key);
  }
}

function hinted(doc: PyDict): PyDict {
  const copy = doc.copy();
  copy.set("description", `${String(doc.getOr("description", ""))}${HINT}`);
  return copy;
}
