import { PyDict } from "../python/values.ts";
import type { ParameterNames } from "./python-text.ts";

/** The parameters of the functions that these docs describe; a function may be named with `_` for its dots. */
export function parameterNames(docs: readonly PyDict[]): ParameterNames {
  return (name) => {
    const doc = docs.find((each) => {
      const own = String(each.get("name"));
      return own === name || own.replaceAll(".", "_") === name;
    });
    const parameters = doc?.get("parameters");
    const properties = parameters instanceof PyDict ? parameters.get("properties") : undefined;
    return properties instanceof PyDict ? Array.from(properties.keys(), String) : [];
  };
}
