import { str } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";

const LANGUAGES = { java: "Java", javascript: "JavaScript" };

/**
 * The doc of a Java or JavaScript function as a model is shown it: every argument is a text, the source of a value of its
 * declared type, since tool calls carry JSON and the checker converts such texts.
 */
export function sourceTextDoc(doc: PyDict, language: keyof typeof LANGUAGES): PyDict {
  const shown = doc.copy();
  const parameters = doc.get("parameters");
  if (!(parameters instanceof PyDict)) return shown;
  const properties = parameters.get("properties");
  const copy = parameters.copy();
  if (properties instanceof PyDict) {
    copy.set(
      "properties",
      PyDict.of(Array.from(properties.entries(), ([name, meta]) => [name, sourceText(meta, LANGUAGES[language])])),
    );
  }
  shown.set("parameters", copy);
  return shown;
}

function sourceText(meta: PyValue, language: string): PyValue {
  if (!(meta instanceof PyDict)) return meta;
  const shown = meta.copy();
  const type = str(meta.getOr("type", "any"));
  const items = meta.get("items");
  const of = items instanceof PyDict ? ` of ${str(items.getOr("type", "any"))}` : "";
  const what = type === "any" ? "any value" : `a value of the type ${type}${of}`;
  shown.set("type", "string");
  shown.delete("items");
  shown.delete("properties");
  shown.set("description", `${str(meta.getOr("description", ""))} (${language} source text of ${what})`.trimStart());
  return shown;
}
