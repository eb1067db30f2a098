import { PyError } from "./errors.ts";
import { repr } from "./repr.ts";
import { type PyValue, typeName } from "./values.ts";

/** str() of a KeyError is the repr of the key. */
export const keyError = (key: PyValue): PyError => new PyError("KeyError", repr(key));

/** The owner is a value, or the name of a class. */
export function attributeError(owner: PyValue | { readonly className: string }, name: string): PyError {
  const type = isClassName(owner) ? owner.className : typeName(owner);
  return new PyError("AttributeError", `'${type}' object has no attribute '${name}'`);
}

function isClassName(owner: PyValue | { readonly className: string }): owner is { readonly className: string } {
  return typeof owner === "object" && owner !== null && "className" in owner;
}
