import { indexError, typeError, valueError } from "./errors.ts";
import { attributeError, keyError } from "./lookup-errors.ts";
import { eq, iterate } from "./operators.ts";
import { isDigit, lower, splitWords, strip } from "./strings.ts";
import { PyDict, PyTuple, type PyValue, typeName } from "./values.ts";

type Method<T> = (self: T, args: readonly PyValue[]) => PyValue;

const text = (value: PyValue | undefined, what: string): string => {
  if (typeof value === "string") return value;
  throw typeError(`${what}, not ${typeName(value ?? null)}`);
};

const chars = (name: string, value: PyValue | undefined): string | null => {
  if (value === undefined || value === null || typeof value === "string") return value ?? null;
  throw typeError(`${name} arg must be None or str`);
};

/** The methods of str that the official classes call. */
const STR: Readonly<Record<string, Method<string>>> = {
  lower: (self) => lower(self),
  isdigit: (self) => isDigit(self),
  strip: (self, [set]) => strip(self, chars("strip", set), true, true),
  rstrip: (self, [set]) => strip(self, chars("rstrip", set), false, true),
  startswith: (self, [prefix]) => self.startsWith(text(prefix, "startswith first arg must be str or a tuple of str")),
  split: (self, [separator]) => {
    if (separator === undefined || separator === null) return splitWords(self);
    const by = text(separator, "must be str or None");
    if (by === "") throw valueError("empty separator");
    return self.split(by);
  },
};

const LIST: Readonly<Record<string, Method<PyValue[]>>> = {
  append: (self, [item]) => {
    self.push(item ?? null);
    return null;
  },
  extend: (self, [items]) => {
    for (const item of [...iterate(items ?? null)]) self.push(item);
    return null;
  },
  remove: (self, [item]) => {
    const index = self.findIndex((other) => eq(other, item ?? null));
    if (index < 0) throw valueError("list.remove(x): x not in list");
    self.splice(index, 1);
    return null;
  },
  pop: (self) => {
    const last = self.pop();
    if (last === undefined) throw indexError("pop from empty list");
    return last;
  },
  copy: (self) => [...self],
};

const DICT: Readonly<Record<string, Method<PyDict>>> = {
  get: (self, [key, other]) => self.getOr(key ?? null, other ?? null),
  keys: (self) => [...self.keys()],
  values: (self) => [...self.values()],
  items: (self) => Array.from(self.entries(), (entry) => new PyTuple(entry)),
  copy: (self) => self.copy(),
  pop: (self, [key]) => {
    const value = self.get(key ?? null);
    if (value === undefined) throw keyError(key ?? null);
    self.delete(key ?? null);
    return value;
  },
};

/**
 * `value.name(...args)` for the methods that the official classes call on values whose type a model or a scenario
 * decides. Throws AttributeError where the type has no such method.
 */
export function callMethod(value: PyValue, name: string, ...args: readonly PyValue[]): PyValue {
  if (typeof value === "string") {
    const method = STR[name];
    if (method) return method(value, args);
  } else if (Array.isArray(value)) {
    const method = LIST[name];
    if (method) return method(value, args);
  } else if (value instanceof PyDict) {
    const method = DICT[name];
    if (method) return method(value, args);
  }
  throw attributeError(value, name);
}

/** The entries of `value.items()`. */
export function itemsOf(value: PyValue): [PyValue, PyValue][] {
  if (value instanceof PyDict) return [...value.entries()];
  throw attributeError(value, "items");
}

/** `separator.join(items)`. Throws TypeError on an item that is no text. */
export function join(separator: string, items: readonly PyValue[]): string {
  return items
    .map((item, index) => {
      if (typeof item === "string") return item;
      throw typeError(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
    })
    .join(separator);
}
