import { convertXmlValue } from "../actions/xml.ts";
import { parseXml, type XmlElement, XmlError } from "../actions/xml-tree.ts";
import { PyError, valueError } from "../python/errors.ts";
import { keyError } from "../python/lookup-errors.ts";
import { isSpace, trim } from "../python/strings.ts";
import { PyDict, type PyValue } from "../python/values.ts";

const OPEN = "<functions>";
const CLOSE = "</functions>";

/** `<param name value type/>`, in a `<params>` or directly in the function. Throws PyError. */
export function decodeVerboseXml(text: string): PyDict[] {
  return functionsIn(text).map((func) => {
    const container = func.children.find(({ name }) => name === "params") ?? func;
    return call(func, paramsOf(container), (param) => [
      param.attributes.get("name") ?? null,
      convertXmlValue(param.attributes.get("value") ?? "", typeOf(param)),
    ]);
  });
}

/** `<param name type>value</param>` directly in the function. Throws PyError. */
export function decodeConciseXml(text: string): PyDict[] {
  return functionsIn(text).map((func) =>
    call(func, paramsOf(func), (param) => [
      required(param, "name"),
      convertXmlValue(trim(param.text, isSpace), typeOf(param)),
    ]),
  );
}

function functionsIn(text: string): XmlElement[] {
  const open = text.indexOf(OPEN);
  const close = open === -1 ? -1 : text.indexOf(CLOSE, open);
  if (close === -1) {
    throw valueError(`No XML function call found in input string: ${text}. Missing <functions> tag.`);
  }
  try {
    return parseXml(text.slice(open, close + CLOSE.length)).children.filter(({ name }) => name === "function");
  } catch (error) {
    if (error instanceof XmlError) throw new PyError("ParseError", error.message);
    throw error;
  }
}

const paramsOf = (element: XmlElement): XmlElement[] => element.children.filter(({ name }) => name === "param");
const typeOf = (param: XmlElement): string => param.attributes.get("type") ?? "string";

function required(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined) throw keyError(name);
  return value;
}

function call(func: XmlElement, params: XmlElement[], read: (param: XmlElement) => [string | null, PyValue]): PyDict {
  return PyDict.of([[required(func, "name"), PyDict.of(params.map(read))]]);
}
