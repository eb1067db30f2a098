import { type ApiDefinition, ApiObject } from "../../../../src/environments/bfcl/apis/api.ts";
import { PyDateTime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { PyError } from "../../../../src/environments/bfcl/python/errors.ts";
import { loads } from "../../../../src/environments/bfcl/python/json.ts";
import { parseCall } from "../../../../src/environments/bfcl/python/parse.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";

export interface CalledObject {
  /** Runs a call in Python's writing: the repr of its result, or the kind and text of what was raised. */
  said(call: string): string;
  /** Python's repr of a public attribute. */
  attribute(name: string): string;
  readonly object: ApiObject;
}

/** An object of a class, made of a scenario in JSON. */
export function calledObject(
  definition: ApiDefinition,
  scenario = "{}",
  longContext: ReadonlyMap<string, PyValue> | null = null,
): CalledObject {
  const read = loads(scenario);
  if (!(read instanceof PyDict)) throw new Error("a scenario is a dict");
  const object = new ApiObject(definition, read, { longContext, today: () => new PyDateTime(2030, 1, 1) });
  return {
    object,
    said(call) {
      const { name, args, kwargs } = parseCall(call);
      try {
        return repr(object.call(name, args, kwargs));
      } catch (error) {
        if (error instanceof PyError) return `${error.kind}: ${error.message}`;
        throw error;
      }
    },
    attribute(name) {
      const found = object.api.publicState().find(([each]) => each === name);
      if (found === undefined) throw new Error(`no public attribute ${name}`);
      return repr(found[1]);
    },
  };
}
