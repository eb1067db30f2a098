import { typeError } from "./errors.ts";

/**
 * Python values in JavaScript: None is null, bool boolean, int bigint, float number, str string, list an Array shared by
 * reference; tuple, dict, set and everything else have classes here.
 */
export type PyValue = null | boolean | bigint | number | string | PyValue[] | PyTuple | PyDict | PySet | PyObject;

/** An object of a class of its own: a file, a Decimal, an mpf. */
export abstract class PyObject {
  abstract readonly pyType: string;
  /** `==`; identity unless overridden. */
  pyEquals(other: PyValue): boolean {
    return this === other;
  }
  abstract pyRepr(repr: (value: PyValue) => string): string;
  /** A copy for copy.deepcopy; the object itself unless overridden. */
  pyCopy(_copy: (value: PyValue) => PyValue): PyObject {
    return this;
  }
}

export class PyTuple {
  readonly items: readonly PyValue[];
  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

export class PyComplex extends PyObject {
  override readonly pyType = "complex";
  readonly real: number;
  readonly imag: number;
  constructor(real: number, imag: number) {
    super();
    this.real = real;
    this.imag = imag;
  }
  override pyEquals(other: PyValue): boolean {
    if (other instanceof PyComplex) return this.real === other.real && this.imag === other.imag;
    return this.imag === 0 && (typeof other === "number" || typeof other === "bigint") && Number(other) === this.real;
  }
  override pyRepr(repr: (value: PyValue) => string): string {
    const part = (x: number) => repr(x).replace(/\.0$/, "");
    const imag = `${this.imag < 0 || Object.is(this.imag, -0) ? "" : "+"}${part(this.imag)}j`;
    return this.real === 0 && !Object.is(this.real, -0) ? imag.replace(/^\+/, "") : `(${part(this.real)}${imag})`;
  }
}

/** `...`, which stands in one of the official lists. */
export const ELLIPSIS = new (class extends PyObject {
  override readonly pyType = "ellipsis";
  override pyRepr(): string {
    return "Ellipsis";
  }
})();

type MapKey = string | bigint | number | null | PyObject;

/** What equal keys share: 1, 1.0 and True are one key. Throws TypeError on a value that Python cannot hash. */
function keyOf(value: PyValue): MapKey {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || value === null) return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (value instanceof PyTuple) return tupleKey(value);
  if (Array.isArray(value) || value instanceof PyDict || value instanceof PySet) {
    throw typeError(`unhashable type: '${typeName(value)}'`);
  }
  return value;
}

/** A text no string key collides with in practice: it begins with a noncharacter that no model writes. */
function tupleKey(tuple: PyTuple): string {
  const parts = tuple.items.map((item) => {
    const key = keyOf(item);
    return `${typeof key}:${String(key)}`;
  });
  return `\uffff(${JSON.stringify(parts)})`;
}

/** A dict: insertion-ordered, with Python's equality of keys. */
export class PyDict {
  readonly #values = new Map<MapKey, PyValue>();
  /** Keys that are not their own map key (True, 1.0, a tuple), as they were first written. */
  #originals: Map<MapKey, PyValue> | null = null;

  static of(entries: Record<string, PyValue> | Iterable<readonly [PyValue, PyValue]>): PyDict {
    const dict = new PyDict();
    if (Symbol.iterator in entries) {
      for (const [key, value] of entries as Iterable<readonly [PyValue, PyValue]>) dict.set(key, value);
    } else {
      for (const key in entries) dict.#values.set(key, (entries as Record<string, PyValue>)[key] as PyValue);
    }
    return dict;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: PyValue): PyValue | undefined {
    return this.#values.get(keyOf(key));
  }

  /** dict.get(key, other): a None that is there is not missing. */
  getOr(key: PyValue, other: PyValue): PyValue {
    const value = this.get(key);
    return value === undefined ? other : value;
  }

  has(key: PyValue): boolean {
    return this.#values.has(keyOf(key));
  }

  set(key: PyValue, value: PyValue): void {
    const mapKey = keyOf(key);
    if (mapKey !== key && !this.#values.has(mapKey)) {
      this.#originals ??= new Map();
      this.#originals.set(mapKey, key);
    }
    this.#values.set(mapKey, value);
  }

  delete(key: PyValue): boolean {
    const mapKey = keyOf(key);
    this.#originals?.delete(mapKey);
    return this.#values.delete(mapKey);
  }

  clear(): void {
    this.#values.clear();
    this.#originals = null;
  }

  keys(): IterableIterator<PyValue> {
    return this.#originals === null ? (this.#values.keys() as IterableIterator<PyValue>) : this.#originalKeys();
  }

  values(): IterableIterator<PyValue> {
    return this.#values.values();
  }

  /** The map's own iterator where its keys are the dict's: a generator would cost more than what is done with an entry. */
  entries(): IterableIterator<[PyValue, PyValue]> {
    return this.#originals === null
      ? (this.#values.entries() as IterableIterator<[PyValue, PyValue]>)
      : this.#originalEntries();
  }

  copy(): PyDict {
    return PyDict.of(this.entries());
  }

  *#originalKeys(): IterableIterator<PyValue> {
    for (const key of this.#values.keys()) yield this.#original(key);
  }

  *#originalEntries(): IterableIterator<[PyValue, PyValue]> {
    for (const [key, value] of this.#values) yield [this.#original(key), value];
  }

  #original(key: MapKey): PyValue {
    const original = this.#originals?.get(key);
    return original === undefined ? key : original;
  }
}

/** A set. Python's order depends on hashes; ours is the order of insertion. */
export class PySet {
  readonly #items = new PyDict();

  constructor(items: Iterable<PyValue> = []) {
    for (const item of items) this.add(item);
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: PyValue): void {
    if (!this.#items.has(item)) this.#items.set(item, null);
  }

  has(item: PyValue): boolean {
    return this.#items.has(item);
  }

  delete(item: PyValue): boolean {
    return this.#items.delete(item);
  }

  values(): IterableIterator<PyValue> {
    return this.#items.keys();
  }
}

/** `type(value).__name__` */
export function typeName(value: PyValue): string {
  switch (typeof value) {
    case "string":
      return "str";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "boolean":
      return "bool";
    default:
      if (value === null) return "NoneType";
      if (Array.isArray(value)) return "list";
      if (value instanceof PyDict) return "dict";
      if (value instanceof PyTuple) return "tuple";
      if (value instanceof PySet) return "set";
      return value.pyType;
  }
}

/** isinstance(value, int): True and False are ints. */
export function isInt(value: PyValue): value is bigint | boolean {
  return typeof value === "bigint" || typeof value === "boolean";
}

/** isinstance(value, (int, float)) */
export function isNumber(value: PyValue): value is bigint | boolean | number {
  return typeof value === "number" || isInt(value);
}

/** copy.deepcopy: what was one object stays one object. */
export function deepCopy(value: PyValue): PyValue {
  if (typeof value !== "object" || value === null) return value;
  return copyWith(value, new Map());
}

function copyWith(value: PyValue, memo: Map<object, PyValue>): PyValue {
  if (typeof value !== "object" || value === null) return value;
  const known = memo.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const copy: PyValue[] = new Array(value.length);
    memo.set(value, copy);
    for (let index = 0; index < value.length; index++) copy[index] = copyWith(value[index] as PyValue, memo);
    return copy;
  }
  if (value instanceof PyDict) {
    const copy = new PyDict();
    memo.set(value, copy);
    for (const [key, item] of value.entries()) copy.set(key, copyWith(item, memo));
    return copy;
  }
  if (value instanceof PySet) return new PySet(value.values());
  if (value instanceof PyTuple) return new PyTuple(value.items.map((item) => copyWith(item, memo)));
  const copy = value.pyCopy((item) => copyWith(item, memo));
  memo.set(value, copy);
  return copy;
}

/**
 * A deep copy of what was read from JSON, where no object stands in two places: it need not be looked up whether it does.
 */
export function copyOfJson(value: PyValue): PyValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOfJson);
  if (!(value instanceof PyDict)) return deepCopy(value);
  const copy = new PyDict();
  for (const [key, item] of value.entries()) copy.set(key, copyOfJson(item));
  return copy;
}

/** Lists that belong to all instances and never change: what is written of one may be kept. */
const constants = new WeakSet<readonly PyValue[]>();

/** Whether a list was declared constant. Not by freezing it: to ask that looks at every item, and reading one gets slow. */
export function isConstant(list: readonly PyValue[]): boolean {
  return constants.has(list);
}

/** Declares every list in these values constant. */
export function withConstantLists(values: ReadonlyMap<string, PyValue>): ReadonlyMap<string, PyValue> {
  for (const value of values.values()) declareConstant(value);
  return values;
}

function declareConstant(value: PyValue): void {
  if (Array.isArray(value)) {
    constants.add(value);
    for (const item of value) declareConstant(item);
  } else if (value instanceof PyDict) {
    for (const item of value.values()) declareConstant(item);
  }
}
