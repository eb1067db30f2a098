import { PyError } from "../python/errors.ts";
import { PyDict } from "../python/values.ts";

/**
 * The arguments of a call in Java or JavaScript; null names those without a name. Throws PyError when two share a name: the
 * official parsers make a list of their values, and then refuse lists.
 */
export function namedArguments(args: readonly (readonly [string | null, string])[]): PyDict {
  const named = PyDict.of(args);
  if (named.size === args.length) return named;
  throw new PyError("Exception", "Error: Multiple arguments with the same name are not supported.");
}
