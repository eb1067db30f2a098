import { roundedText, toInt } from "./builtins.ts";
import { PyError, typeError, valueError } from "./errors.ts";
import { keyError } from "./lookup-errors.ts";
import { floatOf } from "./operators.ts";
import { str } from "./repr.ts";
import { isInt, type PyValue, typeName } from "./values.ts";

/** format(value, spec) for the specs that the official classes use: "" and ".Nf". */
export function format(value: PyValue, spec: string): string {
  if (spec === "") return str(value);
  const places = /^\.(\d+)f$/.exec(spec)?.[1];
  if (places === undefined) throw valueError(`Invalid format specifier '${spec}'`);
  if (typeof value === "string") throw valueError("Unknown format code 'f' for object of type 'str'");
  if (typeof value !== "number" && !isInt(value)) {
    throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
  }
  const x = typeof value === "number" ? value : floatOf(toInt(value));
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  return roundedText(x, Number(places));
}

/** template.format(**fields) for plain named fields; `{{` and `}}` are braces. */
export function strFormat(template: string, fields: Readonly<Record<string, PyValue>>): string {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (match, name: string | undefined) => {
    if (match === "{{" || match === "}}") return match[0] ?? "";
    if (name === undefined) throw new PyError("ValueError", `Single '${match}' encountered in format string`);
    const value = fields[name];
    if (value === undefined) throw keyError(name);
    return str(value);
  });
}

/** A Python f-string without specs, as a template tag: f`Ticket ${id} closed.` */
export function f(texts: TemplateStringsArray, ...values: readonly PyValue[]): string {
  return texts.reduce((out, text, index) => out + str(values[index - 1] ?? null) + text);
}
