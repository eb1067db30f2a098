import type { SingleTurnTask } from "../data/types.ts";
import { contains, eq, getItem, iterate } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";

/**
 * Calls that are right by the first answer of every parameter, as a model would write them in a tool call: in Java and
 * JavaScript every argument is source text. Empty where no call is wanted; any call where one is.
 */
export function groundTruthCalls(task: SingleTurnTask): PyDict[] {
  if (task.scored_by === "irrelevance") return [];
  if (task.scored_by === "relevance") return [PyDict.of([[task.schemas[0]?.get("name") ?? "any", new PyDict()]])];
  return task.possible_answer.map((answer) => {
    const [name, answers] = answer.entries().next().value ?? [null, null];
    const doc = task.schemas.find((each) => each.get("name") === name);
    const properties = getItem(getItem(doc ?? new PyDict(), "parameters"), "properties");
    const args = new PyDict();
    for (const param of iterate(answers)) {
      const value = firstOf(getItem(answers, param));
      // Some answers name parameters that the function does not have.
      if (value === undefined || !contains(properties, param)) continue;
      const schema = getItem(properties, param) as PyDict;
      args.set(
        param,
        task.language === "python" ? plainValue(value, schema) : sourceText(value, schema, task.language),
      );
    }
    return PyDict.of([[name, args]]);
  });
}

/** The first answer that is not the mark of a parameter that may be left out. */
function firstOf(answers: PyValue): PyValue | undefined {
  if (typeof answers === "string") return answers;
  for (const answer of iterate(answers)) if (!eq(answer, "")) return answer;
  return undefined;
}

/** An answer for a dict has a list of answers under every key. */
function plainValue(value: PyValue, schema: PyDict): PyValue {
  const type = schema.get("type");
  if (value instanceof PyDict && type === "dict") return chosen(value);
  const items = schema.get("items");
  const isListOfDicts = Array.isArray(value) && items instanceof PyDict && items.get("type") === "dict";
  return isListOfDicts ? value.map((item) => (item instanceof PyDict ? chosen(item) : item)) : value;
}

function chosen(answers: PyDict): PyDict {
  const dict = new PyDict();
  for (const [key, choices] of answers.entries()) {
    const value = firstOf(choices);
    if (value !== undefined) dict.set(key, value);
  }
  return dict;
}

type Language = "java" | "javascript";

function sourceText(value: PyValue, schema: PyDict, language: Language): string {
  const type = String(schema.get("type"));
  const items = schema.get("items");
  const nested = items instanceof PyDict ? String(items.get("type")) : "any";
  // A text where the type is another one is the name of a variable.
  if (typeof value === "string") return value;
  if (value instanceof PyDict) return mapText(chosen(value), language);
  if (!Array.isArray(value)) return literal(value, type, language);
  const texts = value.map((item) => itemText(item, nested, language));
  if (language === "javascript") return `[${texts.join(", ")}]`;
  return type === "Array" ? `new T[]{${texts.join(", ")}}` : `new ArrayList<T>(Arrays.asList(${texts.join(", ")}))`;
}

function mapText(map: PyDict, language: Language): string {
  const entries = Array.from(map.entries(), ([key, item]) => {
    const text = itemText(item, "any", language);
    return language === "java" ? `put("${key}", ${text});` : `"${key}": ${text}`;
  });
  return language === "java" ? `new HashMap<String, Object>() {{ ${entries.join(" ")} }}` : `{${entries.join(", ")}}`;
}

/** What a number of a type ends with. */
const SUFFIXES = { java: { long: "L", float: "f" }, javascript: { Bigint: "n" } };

function itemText(item: PyValue, type: string, language: Language): string {
  return typeof item === "string" ? JSON.stringify(item) : literal(item, type, language);
}

function literal(value: PyValue, type: string, language: Language): string {
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => itemText(item, "any", language)).join(", ")}]`;
  const suffixes: Readonly<Record<string, string>> = SUFFIXES[language];
  return `${repr(value)}${suffixes[type] ?? ""}`;
}
