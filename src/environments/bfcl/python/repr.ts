import { floatRepr, intText } from "./number-text.ts";
import { UNPRINTABLE } from "./unicode.ts";
import { isConstant, PyDict, PySet, PyTuple, type PyValue } from "./values.ts";

/** str(value) */
export function str(value: PyValue): string {
  return typeof value === "string" ? value : repr(value);
}

/** repr(value). What contains itself ends in `[...]`, `{...}`. */
export function repr(value: PyValue): string {
  switch (typeof value) {
    case "string":
      return reprString(value);
    case "bigint":
      return intText(value);
    case "number":
      return floatRepr(value);
    case "boolean":
      return value ? "True" : "False";
    default:
      return value === null ? "None" : reprObject(value, new Set());
  }
}

function reprIn(value: PyValue, open: Set<object>): string {
  return typeof value === "object" && value !== null ? reprObject(value, open) : repr(value);
}

type PyCompound = Exclude<PyValue, null | boolean | bigint | number | string>;

function reprObject(value: PyCompound, open: Set<object>): string {
  if (Array.isArray(value) && isConstant(value)) return constantText(value);
  return openText(value, open);
}

const constantTexts = new WeakMap<readonly PyValue[], string>();

/** A list of thousands of items that every instance answers with: its text is made once. */
function constantText(value: PyValue[]): string {
  const text = constantTexts.get(value) ?? openText(value, new Set());
  constantTexts.set(value, text);
  return text;
}

function openText(value: PyCompound, open: Set<object>): string {
  if (open.has(value)) return Array.isArray(value) ? "[...]" : value instanceof PyDict ? "{...}" : "...";
  open.add(value);
  try {
    if (Array.isArray(value)) return `[${value.map((item) => reprIn(item, open)).join(", ")}]`;
    if (value instanceof PyDict) {
      const items = Array.from(value.entries(), ([key, item]) => `${reprIn(key, open)}: ${reprIn(item, open)}`);
      return `{${items.join(", ")}}`;
    }
    if (value instanceof PyTuple) {
      const items = value.items.map((item) => reprIn(item, open));
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
    }
    if (value instanceof PySet) {
      if (value.size === 0) return "set()";
      return `{${Array.from(value.values(), (item) => reprIn(item, open)).join(", ")}}`;
    }
    return value.pyRepr((item) => reprIn(item, open));
  } finally {
    open.delete(value);
  }
}

const PLAIN = /^[ !#-&(-[\]-~]*$/;

function reprString(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === quote || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\r") out += "\\r";
    else if (char === "\t") out += "\\t";
    else if (code < 0x20 || code === 0x7f) out += `\\x${hex(code, 2)}`;
    else if (code < 0x7f || !UNPRINTABLE.test(char)) out += char;
    else if (code < 0x100) out += `\\x${hex(code, 2)}`;
    else if (code < 0x10000) out += `\\u${hex(code, 4)}`;
    else out += `\\U${hex(code, 8)}`;
  }
  return out + quote;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}
