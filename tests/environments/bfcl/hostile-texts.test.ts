import { expect, test } from "bun:test";
import { parseAction } from "../../../src/environments/bfcl/actions/parse-action.ts";
import { ApiObject } from "../../../src/environments/bfcl/apis/api.ts";
import { apiDefinition } from "../../../src/environments/bfcl/apis/classes.ts";
import { PyDateTime } from "../../../src/environments/bfcl/python/datetime.ts";
import { PyError } from "../../../src/environments/bfcl/python/errors.ts";
import { PyDict } from "../../../src/environments/bfcl/python/values.ts";

const CLASSES = [
  "GorillaFileSystem",
  "MathAPI",
  "MessageAPI",
  "TicketAPI",
  "TradingBot",
  "TravelAPI",
  "TwitterAPI",
  "VehicleControlAPI",
];

const context = { longContext: null, today: () => PyDateTime.fromTimestamp(0) };
const many = (text: string, size = 200_000) => text.repeat(Math.ceil(size / text.length));

/**
 * Texts on which work that grows faster than their length would take minutes: a regular expression that tries each of
 * 200,000 blanks as a beginning, an int of 200,000 digits, brackets without an end.
 */
const HOSTILE = [
  ...[
    "0",
    " ",
    "\n",
    "/",
    "a/",
    "_",
    ".",
    "(",
    "{",
    "[f(",
    "f(a=1,",
    "<tool_call>",
    "<think>",
    "```python\n",
    "<function=",
  ].map((text) => many(text)),
  `1.${many("0")}1`,
  `1${many("l")}x`,
  `1e${many("9")}`,
  `${many("9")}j`,
  `[a${many(" ")}b`,
  `[f(a='${many("\\")}`,
];

for (const name of CLASSES) {
  test(`${name} answers every call with long hostile arguments`, () => {
    const definition = apiDefinition(name);
    let answers = 0;
    for (const [method, { names }] of definition.methods) {
      for (const text of HOSTILE) {
        try {
          new ApiObject(definition, new PyDict(), context).call(
            method,
            names.map(() => text),
            [],
          );
        } catch (error) {
          expect(error).toBeInstanceOf(PyError);
        }
        answers++;
      }
    }
    expect(answers).toBe(definition.methods.size * HOSTILE.length);
  });
}

test("every form of action is read from long hostile messages", () => {
  for (const content of HOSTILE) {
    for (const format of ["auto", "hermes", "xml", "python"] as const) {
      const { items } = parseAction({ role: "assistant", content }, format);
      expect(items.length).toBeLessThanOrEqual(128);
    }
  }
});
