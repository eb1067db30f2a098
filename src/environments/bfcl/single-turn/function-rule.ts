import { JAVA_TYPES, javaValue } from "../decode/java-values.ts";
import { JAVASCRIPT_TYPES, javascriptValue } from "../decode/javascript-values.ts";
import { indexError, PyError } from "../python/errors.ts";
import { attributeError, keyError } from "../python/lookup-errors.ts";
import { contains, floatOf, getItem, iterate } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { PyDict, PyTuple, type PyValue, typeName } from "../python/values.ts";
import { checkType, type ExpectedType } from "./type-rule.ts";
import { checkDict, checkEqual, checkList, checkListOfDicts, checkString } from "./value-rules.ts";
import type { RuleError } from "./verdict.ts";

export interface CheckOptions {
  readonly language: "python" | "java" | "javascript";
  /**
   * How a function whose name has dots is to be called: as it is, with underscores (as models whose API knows no dots
   * do), or in either way.
   */
  readonly names: "dots" | "underscores" | "either";
  /** Turns off what the official checker does wrong (docs/bfcl.md lists it). */
  readonly fixed: boolean;
}

const PYTHON_TYPES: Readonly<Record<string, string>> = {
  string: "str",
  integer: "int",
  float: "float",
  boolean: "bool",
  array: "list",
  tuple: "list",
  dict: "dict",
  any: "str",
};
const TYPES = { python: PYTHON_TYPES, java: JAVA_TYPES, javascript: JAVASCRIPT_TYPES };

/** Types whose items are checked too. */
const NESTED: Readonly<Record<CheckOptions["language"], ReadonlySet<string>>> = {
  python: new Set(["array", "tuple"]),
  java: new Set(["Array", "ArrayList", "array"]),
  javascript: new Set(["Array", "ArrayList", "array"]),
};

/**
 * Whether one call, `{name: {argument: value}}`, is the wanted one, as the official `simple_function_checker` decides:
 * name, required parameters, then each argument's type and value, then parameters that may not be left out.
 */
export function checkCall(doc: PyDict, call: PyValue, truth: PyDict, options: CheckOptions): RuleError | null {
  const answers = truth.values().next().value;
  if (answers === undefined) throw indexError("list index out of range");
  const name = String(doc.get("name"));
  const given = argumentsOf(call, name, options.names);
  if (given === undefined) {
    const shown = options.names === "underscores" ? name.replaceAll(".", "_") : name;
    return failure("wrong_func_name", `Function name ${repr(shown)} not found in model output.`);
  }
  const parameters = getItem(doc, "parameters");
  for (const param of iterate(getItem(parameters, "required"))) {
    if (contains(given, param) || (options.fixed && isOptional(answers, param))) continue;
    return failure("missing_required", `Missing required parameter: ${repr(param)}.`);
  }
  const properties = getItem(parameters, "properties");
  for (const [param, value] of entriesOf(given)) {
    const schema = find(properties, param);
    const accepted = schema === undefined ? undefined : find(answers, param);
    if (schema === undefined || accepted === undefined) {
      return failure("unexpected_param", `Unexpected parameter: ${repr(param)}.`);
    }
    const error = checkArgument(String(param), value, accepted, schema, options);
    if (error !== null) return error;
  }
  for (const param of iterate(answers)) {
    if (contains(given, param) || contains(getItem(answers, param), "")) continue;
    return failure("missing_optional", `Optional parameter ${repr(param)} not provided and not marked as optional.`);
  }
  return null;
}

/**
 * How many of a call's arguments are right, of those that it has or needs; null when it calls another function. An
 * argument is right when it is one of the function's and of the answer's and passes the rules of type and value.
 */
export function countRight(
  doc: PyDict,
  call: PyValue,
  truth: PyDict,
  options: CheckOptions,
): { readonly right: number; readonly total: number } | null {
  const answers = truth.values().next().value;
  const given = argumentsOf(call, String(doc.get("name")), options.names);
  if (!(given instanceof PyDict) || !(answers instanceof PyDict)) return null;
  const parameters = getItem(doc, "parameters");
  const properties = getItem(parameters, "properties");
  const needed = [...answers.keys()].filter((param) => !contains(getItem(answers, param), ""));
  const all = new Set([...given.keys(), ...iterate(getItem(parameters, "required")), ...needed]);
  let right = 0;
  for (const [param, value] of given.entries()) {
    if (!contains(properties, param) || !answers.has(param)) continue;
    const schema = getItem(properties, param);
    if (checkArgument(String(param), value, getItem(answers, param), schema, options) === null) right++;
  }
  return { right, total: all.size };
}

function failure(rule: string, message: string): RuleError {
  return { error_type: `simple_function_checker:${rule}`, error: [message] };
}

/** The arguments that stand under the function's name in one of its spellings. */
function argumentsOf(call: PyValue, name: string, names: CheckOptions["names"]): PyValue | undefined {
  const underscored = name.includes(".") ? name.replaceAll(".", "_") : name;
  const spellings = names === "dots" ? [name] : names === "underscores" ? [underscored] : [name, underscored];
  for (const spelling of spellings) {
    const found = find(call, spelling);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `container[key]` where `key in container`: one look-up of a dict. */
function find(container: PyValue, key: PyValue): PyValue | undefined {
  if (container instanceof PyDict) return container.get(key);
  return contains(container, key) ? getItem(container, key) : undefined;
}

function entriesOf(given: PyValue): IterableIterator<[PyValue, PyValue]> {
  if (given instanceof PyDict) return given.entries();
  throw attributeError(given, "items");
}

/** The answer marks a parameter as one that may be left out, by a "" among its values. */
function isOptional(answers: PyValue, param: PyValue): boolean {
  return answers instanceof PyDict && answers.has(param) && contains(getItem(answers, param), "");
}

function checkArgument(
  param: string,
  given: PyValue,
  truth: PyValue,
  schema: PyValue,
  options: CheckOptions,
): RuleError | null {
  const { language } = options;
  const type = getItem(schema, "type");
  const itemType = itemTypeOf(schema, type, language);
  const expected = expectedType(type, itemType, options);
  if (language !== "python" && typeof given !== "string") {
    return {
      error_type: language === "java" ? "type_error:java" : "type_error:js",
      error: [
        `Incorrect type for parameter ${repr(param)}. Expected type String, got ${typeName(given)}. Parameter value: ${repr(given)}.`,
      ],
    };
  }
  const answers = options.fixed ? withoutBareTexts(truth) : truth;
  const value = converted(given, expected.description, itemType, options);
  const { is_variable, error } = checkType(param, value, answers, expected);
  if (error !== null) return error;
  if (is_variable) return checkEqual(param, value, answers);
  switch (expected.type) {
    case "dict":
      return checkDict(value, answers);
    case "list":
      return expected.nested === "dict" ? checkListOfDicts(value, answers) : checkList(param, value, answers);
    case "str":
      return checkString(param, String(value), answers);
    default:
      return checkEqual(param, value, answers);
  }
}

/** The type of the items of a list, as the doc names it; null for what has no items that are checked. */
function itemTypeOf(schema: PyValue, type: PyValue, language: CheckOptions["language"]): PyValue {
  return NESTED[language].has(String(type)) ? getItem(getItem(schema, "items"), "type") : null;
}

function expectedType(type: PyValue, itemType: PyValue, { language, fixed }: CheckOptions): ExpectedType {
  const description = String(type);
  // Items of any type are texts to the official checker, so that a list with a number in it is never right.
  const isUnchecked = itemType === null || (fixed && itemType === "any");
  return { description, type: pyType(type, language), nested: isUnchecked ? null : pyType(itemType, language) };
}

function pyType(type: PyValue, language: CheckOptions["language"]): string {
  const types: Readonly<Record<string, string>> = TYPES[language];
  const known = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : undefined;
  if (known === undefined) throw keyError(type);
  return known;
}

/** The value that is checked: Java and JavaScript texts become Python values, an int is a float where one is wanted. */
function converted(given: PyValue, type: string, itemType: PyValue, options: CheckOptions): PyValue {
  if (options.language === "python") {
    if (type === "float" && typeof given === "bigint") return floatOf(given);
    return type === "tuple" && given instanceof PyTuple ? [...given.items] : given;
  }
  if (typeof given !== "string") throw new PyError("TypeError", "expected string or bytes-like object");
  const nested = itemType === null ? null : String(itemType);
  return options.language === "java"
    ? javaValue(given, type, nested, { readItems: options.fixed })
    : javascriptValue(given, type, nested);
}

/** In one answer a value of a dict is a text where a list of texts is meant, and would be compared letter by letter. */
function withoutBareTexts(answers: PyValue): PyValue {
  if (!Array.isArray(answers) || !answers.some((answer) => answer instanceof PyDict)) return answers;
  return answers.map((answer) =>
    answer instanceof PyDict
      ? PyDict.of(Array.from(answer.entries(), ([key, item]) => [key, typeof item === "string" ? [item] : item]))
      : answer,
  );
}
