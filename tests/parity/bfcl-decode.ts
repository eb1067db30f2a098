import { type AnswerFormat, decodeAnswer } from "../../src/environments/bfcl/decode/answer.ts";
import { javaValue } from "../../src/environments/bfcl/decode/java-values.ts";
import { javascriptValue } from "../../src/environments/bfcl/decode/javascript-values.ts";
import { toCallTexts } from "../../src/environments/bfcl/decode/python-text.ts";
import { PyError } from "../../src/environments/bfcl/python/errors.ts";
import { dumps, loads } from "../../src/environments/bfcl/python/json.ts";
import { repr } from "../../src/environments/bfcl/python/repr.ts";
import { PyDict, PyTuple, type PyValue } from "../../src/environments/bfcl/python/values.ts";
import { type Compared, disagreement } from "./agreement.ts";
import type { GoldenLine } from "./golden-file.ts";

/** Decoders and type converters: the value, or the class and text of the exception. */
export function compareDecoded({ text, record }: GoldenLine): Compared {
  const recorded = loads(text) as PyDict;
  const format = String(record.format);
  const source = String(record.text ?? record.value);
  const id = `${format} ${JSON.stringify(source)}${record.type === undefined ? "" : ` as ${record.type}`}`;
  const disagreements = Object.entries(attempts(format, source, record)).flatMap(([field, attempt]) => {
    const ours = dumps(outcome(attempt));
    const theirs = dumps(recorded.get(field) ?? null);
    return ours === theirs ? [] : [disagreement(field, theirs, ours)];
  });
  return { id, unstable: false, disagreements };
}

function attempts(format: string, source: string, record: GoldenLine["record"]): Record<string, () => PyValue> {
  const nested = record.nested === null ? null : String(record.nested);
  switch (format) {
    case "java_type_converter":
      return { result: () => javaValue(source, String(record.type), nested) };
    case "js_type_converter":
      return { result: () => javascriptValue(source, String(record.type), nested) };
    case "python":
      return {
        decode_ast: () => decodeAnswer(source, { format: "python" }),
        decode_execute: () => toCallTexts(decodeAnswer(source, { format: "python" }) as PyDict[]),
      };
    default:
      return { decode_ast: () => decodeAnswer(source, { format: format as AnswerFormat }) };
  }
}

function outcome(attempt: () => PyValue): PyDict {
  try {
    return PyDict.of({ ok: canon(attempt()) });
  } catch (error) {
    if (error instanceof PyError) return PyDict.of({ error: error.kind, message: error.message });
    throw error;
  }
}

/** What JSON has no form for, as the records have it. */
function canon(value: PyValue): PyValue {
  if (Array.isArray(value)) return value.map(canon);
  if (value instanceof PyTuple) return PyDict.of({ "<tuple>": value.items.map(canon) });
  if (value instanceof PyDict) {
    return PyDict.of(Array.from(value.entries(), ([key, item]) => [key === null ? "<None>" : key, canon(item)]));
  }
  return typeof value === "object" && value !== null ? PyDict.of({ "<py>": repr(value) }) : value;
}
