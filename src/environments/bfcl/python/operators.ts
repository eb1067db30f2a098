import { floatPower } from "../numbers/float-power.ts";
import { indexError, memoryError, overflowError, typeError, zeroDivisionError } from "./errors.ts";
import { keyError } from "./lookup-errors.ts";
import { codePoints, compareStr, pyLen } from "./strings.ts";
import { isInt, isNumber, PyComplex, PyDict, PySet, PyTuple, type PyValue, typeName } from "./values.ts";

/** Items a text or list may grow to by an operator: past it the result is the MemoryError that Python would end with. */
const MAX_ITEMS = 2 ** 24;
/** Bits an int may grow to: well past the 4300 digits that can be shown, and computed in milliseconds. */
const MAX_BITS = 2 ** 17;

/** The largest index that CPython has a machine word for. */
const MAX_INDEX = 2n ** 63n - 1n;

type Num = bigint | number | boolean;
type Plain = bigint | number;

const plain = (value: Num): Plain => (typeof value === "boolean" ? (value ? 1n : 0n) : value);

/** float(int), which overflows where JavaScript gives Infinity. */
export function floatOf(value: Plain): number {
  const x = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(x)) throw overflowError("int too large to convert to float");
  return x;
}

/** `a == b` */
export function eq(a: PyValue, b: PyValue): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string" || a === null || b === null) return false;
  if (isNumber(a) && isNumber(b)) return plain(a) <= plain(b) && plain(a) >= plain(b);
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  if (a instanceof PyDict) return b instanceof PyDict && sameDict(a, b);
  if (a instanceof PyTuple) return b instanceof PyTuple && sameItems(a.items, b.items);
  if (a instanceof PySet)
    return b instanceof PySet && a.size === b.size && [...a.values()].every((item) => b.has(item));
  if (typeof a === "object") return a.pyEquals(b);
  return typeof b === "object" && "pyEquals" in b ? b.pyEquals(a) : false;
}

export const ne = (a: PyValue, b: PyValue): boolean => !eq(a, b);

function sameItems(a: readonly PyValue[], b: readonly PyValue[]): boolean {
  return a.length === b.length && a.every((item, index) => eq(item, b[index] as PyValue));
}

function sameDict(a: PyDict, b: PyDict): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a.entries()) {
    const other = b.get(key);
    if (other === undefined || !eq(value, other)) return false;
  }
  return true;
}

type Order = "<" | "<=" | ">" | ">=";

export const lt = (a: PyValue, b: PyValue): boolean => ordered(a, b, "<");
export const le = (a: PyValue, b: PyValue): boolean => ordered(a, b, "<=");
export const gt = (a: PyValue, b: PyValue): boolean => ordered(a, b, ">");
export const ge = (a: PyValue, b: PyValue): boolean => ordered(a, b, ">=");

function ordered(a: PyValue, b: PyValue, order: Order): boolean {
  if (isNumber(a) && isNumber(b)) return decide(plain(a), plain(b), order);
  if (typeof a === "string" && typeof b === "string") return decide(compareStr(a, b), 0, order);
  if (Array.isArray(a) && Array.isArray(b)) return orderedItems(a, b, order);
  if (a instanceof PyTuple && b instanceof PyTuple) return orderedItems(a.items, b.items, order);
  if (a instanceof PySet && b instanceof PySet) return orderedSets(a, b, order);
  throw typeError(`'${order}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

function decide(a: Plain, b: Plain, order: Order): boolean {
  switch (order) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

function orderedItems(a: readonly PyValue[], b: readonly PyValue[], order: Order): boolean {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const [x, y] = [a[index] as PyValue, b[index] as PyValue];
    if (!eq(x, y)) return ordered(x, y, order);
  }
  return decide(a.length, b.length, order);
}

function orderedSets(a: PySet, b: PySet, order: Order): boolean {
  const [small, large] = order.startsWith("<") ? [a, b] : [b, a];
  const within = [...small.values()].every((item) => large.has(item));
  return within && (order.length === 2 || small.size < large.size);
}

function unsupported(symbol: string, a: PyValue, b: PyValue): Error {
  return typeError(`unsupported operand type(s) for ${symbol}: '${typeName(a)}' and '${typeName(b)}'`);
}

/** Arithmetic of two numbers: exact on ints, else on floats. */
function arithmetic(a: Num, b: Num, ints: (x: bigint, y: bigint) => bigint, floats: (x: number, y: number) => number) {
  const [x, y] = [plain(a), plain(b)];
  return typeof x === "bigint" && typeof y === "bigint" ? ints(x, y) : floats(floatOf(x), floatOf(y));
}

/** `a + b` */
export function add(a: PyValue, b: PyValue, symbol = "+"): PyValue {
  if (isNumber(a) && isNumber(b)) {
    return arithmetic(
      a,
      b,
      (x, y) => x + y,
      (x, y) => x + y,
    );
  }
  if (typeof a === "string") {
    if (typeof b !== "string") throw typeError(`can only concatenate str (not "${typeName(b)}") to str`);
    return bounded(a.length + b.length) && a + b;
  }
  if (Array.isArray(a)) {
    if (!Array.isArray(b)) throw typeError(`can only concatenate list (not "${typeName(b)}") to list`);
    return bounded(a.length + b.length) && [...a, ...b];
  }
  if (a instanceof PyTuple) {
    if (!(b instanceof PyTuple)) throw typeError(`can only concatenate tuple (not "${typeName(b)}") to tuple`);
    return new PyTuple([...a.items, ...b.items]);
  }
  if (isComplexPair(a, b)) return withComplex(a, b, (x, y) => new PyComplex(x.real + y.real, x.imag + y.imag));
  throw unsupported(symbol, a, b);
}

/** `a - b` */
export function sub(a: PyValue, b: PyValue, symbol = "-"): PyValue {
  if (isNumber(a) && isNumber(b)) {
    return arithmetic(
      a,
      b,
      (x, y) => x - y,
      (x, y) => x - y,
    );
  }
  if (a instanceof PySet && b instanceof PySet) return new PySet([...a.values()].filter((item) => !b.has(item)));
  if (isComplexPair(a, b)) return withComplex(a, b, (x, y) => new PyComplex(x.real - y.real, x.imag - y.imag));
  throw unsupported(symbol, a, b);
}

/** `a += b`: a list grows in place, anything else is added. */
export function addInPlace(a: PyValue, b: PyValue): PyValue {
  if (!Array.isArray(a)) return add(a, b, "+=");
  for (const item of [...iterate(b)]) a.push(item);
  bounded(a.length);
  return a;
}

/** `a -= b` */
export const subInPlace = (a: PyValue, b: PyValue): PyValue => sub(a, b, "-=");

/** `a * b` */
export function mul(a: PyValue, b: PyValue): PyValue {
  if (isNumber(a) && isNumber(b)) {
    return arithmetic(
      a,
      b,
      (x: bigint, y: bigint) => (bits(x) + bits(y) > MAX_BITS ? tooLarge() : x * y),
      (x, y) => x * y,
    );
  }
  if (isSequence(a)) return repeat(a, b);
  if (isSequence(b)) return repeat(b, a);
  if (isComplexPair(a, b)) {
    return withComplex(
      a,
      b,
      (x, y) => new PyComplex(x.real * y.real - x.imag * y.imag, x.real * y.imag + x.imag * y.real),
    );
  }
  throw unsupported("*", a, b);
}

type Sequence = string | PyValue[] | PyTuple;

function isSequence(value: PyValue): value is Sequence {
  return typeof value === "string" || Array.isArray(value) || value instanceof PyTuple;
}

function repeat(sequence: Sequence, times: PyValue): PyValue {
  if (!isInt(times)) throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`);
  const count = BigInt(times);
  if (count > MAX_INDEX || count < -MAX_INDEX - 1n) throw overflowError("cannot fit 'int' into an index-sized integer");
  const length = sequence instanceof PyTuple ? sequence.items.length : sequence.length;
  if (count <= 0n || length === 0)
    return typeof sequence === "string" ? "" : Array.isArray(sequence) ? [] : new PyTuple([]);
  if (count * BigInt(length) > BigInt(MAX_ITEMS)) throw memoryError();
  const n = Number(count);
  if (typeof sequence === "string") return sequence.repeat(n);
  const items = Array.isArray(sequence) ? sequence : sequence.items;
  const repeated = Array.from({ length: n }, () => items).flat();
  return Array.isArray(sequence) ? repeated : new PyTuple(repeated);
}

/** `a / b`: always a float for numbers, rounded once also for large ints. */
export function truediv(a: PyValue, b: PyValue): PyValue {
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [plain(a), plain(b)];
    if (typeof x === "bigint" && typeof y === "bigint") {
      if (y === 0n) throw zeroDivisionError("division by zero");
      return divideInts(x, y);
    }
    if (Number(y) === 0) throw zeroDivisionError("float division by zero");
    return floatOf(x) / floatOf(y);
  }
  throw unsupported("/", a, b);
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function divideInts(x: bigint, y: bigint): number {
  if (x <= SAFE && x >= -SAFE && y <= SAFE && y >= -SAFE) return Number(x) / Number(y);
  const negative = x < 0n !== y < 0n;
  const [top, bottom] = [x < 0n ? -x : x, y < 0n ? -y : y];
  // A quotient of 66 bits or more, its last bit sticky, rounds to 53 bits as the exact quotient does.
  const shift = Math.max(0, bits(bottom) - bits(top) + 66);
  const scaled = top << BigInt(shift);
  const quotient = (scaled / bottom) | (scaled % bottom === 0n ? 0n : 1n);
  const size = shift > 1000 ? Number(quotient) / 2 ** 1000 / 2 ** (shift - 1000) : Number(quotient) / 2 ** shift;
  if (!Number.isFinite(size)) throw overflowError("integer division result too large for a float");
  return negative ? -size : size;
}

/** `a % b` of numbers. */
export function mod(a: PyValue, b: PyValue): PyValue {
  if (!isNumber(a) || !isNumber(b)) throw unsupported("%", a, b);
  const [x, y] = [plain(a), plain(b)];
  if (typeof x === "bigint" && typeof y === "bigint") {
    if (y === 0n) throw zeroDivisionError("integer modulo by zero");
    const rest = x % y;
    return rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
  }
  const [u, v] = [floatOf(x), floatOf(y)];
  if (v === 0) throw zeroDivisionError("float modulo");
  const rest = u % v;
  if (rest === 0) return v < 0 ? -0 : 0;
  return rest < 0 !== v < 0 ? rest + v : rest;
}

/** `a ** b` */
export function pow(a: PyValue, b: PyValue): PyValue {
  if (!isNumber(a) || !isNumber(b)) {
    if (isComplexPair(a, b)) return complexPow(asComplex(a), asComplex(b));
    throw typeError(`unsupported operand type(s) for ** or pow(): '${typeName(a)}' and '${typeName(b)}'`);
  }
  const [x, y] = [plain(a), plain(b)];
  if (typeof x === "bigint" && typeof y === "bigint" && y >= 0n) return intPow(x, y);
  const [base, exponent] = [floatOf(x), floatOf(y)];
  if (base === 0 && exponent < 0) throw zeroDivisionError("0.0 cannot be raised to a negative power");
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent)) {
    if (exponent !== -0.5) return complexPow(new PyComplex(base, 0), new PyComplex(exponent, 0));
    const size = floatPower(-base, exponent);
    return new PyComplex(size * Math.cos(Math.PI * exponent), size * Math.sin(Math.PI * exponent));
  }
  // C's pow gives 1 for 1 ** nan and for (-1) ** inf; JavaScript's gives NaN.
  if (base === 1 || (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent))) return 1;
  if (base === 0 || !Number.isFinite(base) || !Number.isFinite(exponent)) return base ** exponent;
  const power = floatPower(base, exponent);
  if (Number.isFinite(power)) return power;
  throw overflowError("(34, 'Numerical result out of range')");
}

function intPow(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  if (base === 0n || base === 1n) return base;
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
  if (exponent * BigInt(bits(base) - 1) > BigInt(MAX_BITS)) return tooLarge();
  return base ** exponent;
}

/** An int of more digits than Python shows, in place of one that would take long to compute; str() of it fails alike. */
function tooLarge(): bigint {
  return 1n << BigInt(MAX_BITS);
}

function bits(value: bigint): number {
  return (value < 0n ? -value : value).toString(16).length * 4;
}

function complexPow(a: PyComplex, b: PyComplex): PyComplex {
  if (b.real === 0 && b.imag === 0) return new PyComplex(1, 0);
  if (a.real === 0 && a.imag === 0) {
    if (b.imag !== 0 || b.real < 0) throw zeroDivisionError("0.0 to a negative or complex power");
    return new PyComplex(0, 0);
  }
  const size = Math.hypot(a.real, a.imag);
  const angle = Math.atan2(a.imag, a.real);
  let length = size ** b.real;
  let phase = angle * b.real;
  if (b.imag !== 0) {
    length *= Math.exp(-angle * b.imag);
    phase += b.imag * Math.log(size);
  }
  const power = new PyComplex(length * Math.cos(phase), length * Math.sin(phase));
  if (!Number.isFinite(power.real) || !Number.isFinite(power.imag)) throw overflowError("complex exponentiation");
  return power;
}

function isComplexPair(a: PyValue, b: PyValue): a is PyComplex | Num {
  const fits = (value: PyValue) => value instanceof PyComplex || isNumber(value);
  return fits(a) && fits(b);
}

function asComplex(value: PyValue): PyComplex {
  return value instanceof PyComplex ? value : new PyComplex(floatOf(plain(value as Num)), 0);
}

function withComplex(a: PyValue, b: PyValue, combine: (x: PyComplex, y: PyComplex) => PyComplex): PyComplex {
  return combine(asComplex(a), asComplex(b));
}

/** `-a` */
export function neg(a: PyValue): PyValue {
  if (isNumber(a)) return -plain(a);
  if (a instanceof PyComplex) return new PyComplex(-a.real, -a.imag);
  throw typeError(`bad operand type for unary -: '${typeName(a)}'`);
}

/** bool(value) */
export function truthy(value: PyValue): boolean {
  if (value === null) return false;
  if (typeof value !== "object") return Number.isNaN(value) || Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof PyDict || value instanceof PySet) return value.size > 0;
  if (value instanceof PyTuple) return value.items.length > 0;
  return !(value instanceof PyComplex) || value.real !== 0 || value.imag !== 0;
}

/** len(value) */
export function len(value: PyValue): bigint {
  if (typeof value === "string") return BigInt(pyLen(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (value instanceof PyDict || value instanceof PySet) return BigInt(value.size);
  if (value instanceof PyTuple) return BigInt(value.items.length);
  throw typeError(`object of type '${typeName(value)}' has no len()`);
}

/** `value[key]` */
export function getItem(value: PyValue, key: PyValue): PyValue {
  if (value instanceof PyDict) {
    const item = value.get(key);
    if (item === undefined) throw keyError(key);
    return item;
  }
  if (Array.isArray(value)) return at(value, key, "list");
  if (value instanceof PyTuple) return at(value.items, key, "tuple");
  if (typeof value === "string") return at(codePoints(value), key, "string");
  throw typeError(`'${typeName(value)}' object is not subscriptable`);
}

function at(items: readonly PyValue[], key: PyValue, what: string): PyValue {
  return items[indexIn(items.length, key, what, `${what} index out of range`)] as PyValue;
}

function indexIn(length: number, key: PyValue, what: string, outside: string): number {
  if (!isInt(key)) {
    throw typeError(
      what === "string"
        ? `string indices must be integers, not '${typeName(key)}'`
        : `${what} indices must be integers or slices, not ${typeName(key)}`,
    );
  }
  const index = BigInt(key);
  if (index > MAX_INDEX || index < -MAX_INDEX - 1n) throw indexError("cannot fit 'int' into an index-sized integer");
  const from = index < 0n ? index + BigInt(length) : index;
  if (from < 0n || from >= BigInt(length)) throw indexError(outside);
  return Number(from);
}

/** `value[key] = item` */
export function setItem(value: PyValue, key: PyValue, item: PyValue): void {
  if (value instanceof PyDict) value.set(key, item);
  else if (Array.isArray(value)) {
    value[indexIn(value.length, key, "list", "list assignment index out of range")] = item;
  } else throw typeError(`'${typeName(value)}' object does not support item assignment`);
}

/** `del value[key]` */
export function delItem(value: PyValue, key: PyValue): void {
  if (value instanceof PyDict) {
    if (!value.delete(key)) throw keyError(key);
  } else if (Array.isArray(value)) {
    value.splice(indexIn(value.length, key, "list", "list assignment index out of range"), 1);
  } else throw typeError(`'${typeName(value)}' object doesn't support item deletion`);
}

/** `item in container` */
export function contains(container: PyValue, item: PyValue): boolean {
  if (container instanceof PyDict || container instanceof PySet) return container.has(item);
  if (typeof container === "string") {
    if (typeof item === "string") return container.includes(item);
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (Array.isArray(container)) return container.some((other) => eq(other, item));
  if (container instanceof PyTuple) return container.items.some((other) => eq(other, item));
  throw typeError(`argument of type '${typeName(container)}' is not iterable`);
}

/** iter(value): code points of a str, keys of a dict. */
export function iterate(value: PyValue): Iterable<PyValue> {
  if (Array.isArray(value) || typeof value === "string") return value;
  if (value instanceof PyTuple) return value.items;
  if (value instanceof PyDict) return value.keys();
  if (value instanceof PySet) return value.values();
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** `value[start:stop]` */
export function getSlice(value: PyValue, start: PyValue, stop: PyValue): PyValue {
  if (!isSequence(value)) throw typeError(`'${typeName(value)}' object is not subscriptable`);
  const from = sliceIndex(start);
  const to = sliceIndex(stop);
  if (typeof value === "string") return codePoints(value).slice(from, to).join("");
  return Array.isArray(value) ? value.slice(from, to) : new PyTuple(value.items.slice(from, to));
}

function sliceIndex(index: PyValue): number | undefined {
  if (index === null) return undefined;
  if (isInt(index)) return Number(plain(index));
  throw typeError("slice indices must be integers or None or have an __index__ method");
}

function bounded(items: number): true {
  if (items > MAX_ITEMS) throw memoryError();
  return true;
}
