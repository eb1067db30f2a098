import { roundedText, toInt } from "./builtins.ts";
import { overflowError, typeError, valueError } from "./errors.ts";
import { floatOf, getItem } from "./operators.ts";
import { repr, str } from "./repr.ts";
import { isInt, isNumber, PyDict, PyTuple, type PyValue, typeName } from "./values.ts";

/** What a width and the precision of a float may be: Python takes more, and time and memory for it. */
const MAX_WIDTH = 2 ** 16;
const MAX_PRECISION = 1000;

const SPECIFIER = /%(?:\(([^()]*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([\s\S]?)/gu;

/** The conversion of one value: what stands behind its flags. */
interface Conversion {
  readonly flags: string;
  readonly precision: number | null;
  readonly type: string;
}

/** `template % values`, as Python's printf-style formatting of a str gives it. Throws PyError with Python's texts. */
export function percentFormat(template: string, values: PyValue): string {
  const args = values instanceof PyTuple ? values.items : [values];
  let used = 0;
  let named = false;
  const next = (): PyValue => {
    const value = args[used++];
    // Behind a `%(name)s` nothing is left for a specifier without a name.
    if (value === undefined || named) throw typeError("not enough arguments for format string");
    return value;
  };
  const size = (text: string | undefined): number | null => {
    if (text === undefined) return null;
    const value = text === "*" ? next() : BigInt(text === "" ? 0 : text);
    if (!isInt(value)) throw typeError("* wants int");
    if (Math.abs(Number(value)) > MAX_WIDTH) throw overflowError("width or precision too large");
    return Number(value);
  };
  const text = template.replace(
    SPECIFIER,
    (all, key: string | undefined, flags: string, width, precision, type, at) => {
      if (all === "%%") return "%";
      if (key !== undefined) {
        if (!(values instanceof PyDict)) throw typeError("format requires a mapping");
        named = true;
      }
      const wide = size(width) ?? 0;
      const places = size(precision);
      if (type === "") throw valueError("incomplete format");
      // A negative precision, which only a `*` can give, is none at all: 0.
      const conversion = { flags: wide < 0 ? `${flags}-` : flags, precision: places && Math.max(0, places), type };
      return padded(
        converted(key === undefined ? next() : getItem(values, key), conversion, at),
        conversion,
        Math.abs(wide),
      );
    },
  );
  const isMapping = values instanceof PyDict || Array.isArray(values);
  if (used < args.length && !named && !isMapping) {
    throw typeError("not all arguments converted during string formatting");
  }
  return text;
}

/** A text and what stands before it: a sign, `0x`. */
type Parts = readonly [prefix: string, body: string];

function converted(value: PyValue, { flags, precision, type }: Conversion, at: number): Parts {
  switch (type) {
    case "s":
    case "r":
      return ["", cut(type === "s" ? str(value) : repr(value), precision)];
    case "a":
      return ["", cut(ascii(repr(value)), precision)];
    case "c":
      return ["", character(value)];
    case "d":
    case "i":
    case "u":
      return signed(decimal(value, type), flags, precision, 10n, "");
    case "x":
    case "X":
    case "o": {
      if (!isInt(value)) throw typeError(`%${type} format: an integer is required, not ${typeName(value)}`);
      const mark = flags.includes("#") ? `0${type}` : "";
      const [prefix, body] = signed(BigInt(value), flags, precision, type === "o" ? 8n : 16n, mark);
      return [prefix, type === "X" ? body.toUpperCase() : body];
    }
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      return float(value, flags, precision ?? 6, type);
    default: {
      const code = (type.codePointAt(0) ?? 0).toString(16);
      throw valueError(`unsupported format character '${type}' (0x${code}) at index ${at + 1}`);
    }
  }
}

const cut = (text: string, precision: number | null): string =>
  precision === null ? text : Array.from(text).slice(0, precision).join("");

function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return code.length <= 2
      ? `\\x${code}`
      : code.length <= 4
        ? `\\u${code.padStart(4, "0")}`
        : `\\U${code.padStart(8, "0")}`;
  });
}

function character(value: PyValue): string {
  if (typeof value === "string" && Array.from(value).length === 1) return value;
  if (!isInt(value)) throw typeError("%c requires int or char");
  if (BigInt(value) < 0n || BigInt(value) > 0x10ffffn) throw overflowError("%c arg not in range(0x110000)");
  return String.fromCodePoint(Number(value));
}

function decimal(value: PyValue, type: string): bigint {
  if (!isNumber(value)) throw typeError(`%${type} format: a real number is required, not ${typeName(value)}`);
  return BigInt(toInt(value) as bigint);
}

function signOf(isNegative: boolean, flags: string): string {
  return isNegative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function signed(value: bigint, flags: string, precision: number | null, base: bigint, mark: string): Parts {
  const digits = (value < 0n ? -value : value).toString(Number(base)).padStart(precision ?? 0, "0");
  return [signOf(value < 0n, flags) + mark, digits];
}

function float(value: PyValue, flags: string, precision: number, type: string): Parts {
  if (!isNumber(value)) throw typeError(`must be real number, not ${typeName(value)}`);
  const x = typeof value === "number" ? value : floatOf(BigInt(value));
  const size = Math.abs(x);
  const isNegative = x < 0 || Object.is(x, -0);
  const text = Number.isNaN(x)
    ? "nan"
    : !Number.isFinite(x)
      ? "inf"
      : digitsOf(size, flags, precision, type.toLowerCase());
  return [signOf(isNegative, flags), type === type.toUpperCase() ? text.toUpperCase() : text];
}

function digitsOf(x: number, flags: string, precision: number, type: string): string {
  if (precision > MAX_PRECISION) throw overflowError("precision too large");
  const keepsPoint = flags.includes("#");
  const withPoint = (text: string) => (keepsPoint && !text.includes(".") ? `${text}.` : text);
  if (type === "f") return withPoint(roundedText(x, precision));
  if (type === "e") {
    const [digits, power] = significant(x, precision);
    return withPoint(pointed(digits, 0)) + exponent(power);
  }
  const places = Math.max(1, precision) - 1;
  const [digits, power] = significant(x, places);
  const short = (text: string) => (keepsPoint || !text.includes(".") ? withPoint(text) : text.replace(/\.?0+$/, ""));
  return power < -4 || power > places ? short(pointed(digits, 0)) + exponent(power) : short(pointed(digits, power));
}

/** The first digits of a float, one more than `places`, rounded half to even, and the power of ten of the first. */
function significant(x: number, places: number): readonly [digits: string, power: number] {
  if (x === 0) return ["0".repeat(places + 1), 0];
  let power = Number(x.toExponential().split("e")[1]);
  for (;;) {
    const text = roundedText(x, places - power)
      .replace(".", "")
      .replace(/^0+/, "");
    const length = text.length - Math.max(0, power - places);
    if (length === places + 1) return [text.slice(0, length), power];
    power += length > places + 1 ? 1 : -1;
  }
}

/** Digits with their point, where the first one stands for this power of ten. */
function pointed(digits: string, power: number): string {
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  const fraction = digits.slice(power + 1);
  return fraction === "" ? digits : `${digits.slice(0, power + 1)}.${fraction}`;
}

const exponent = (power: number): string => `e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;

function padded([prefix, body]: Parts, { flags, type }: Conversion, width: number): string {
  const missing = width - Array.from(prefix + body).length;
  if (missing <= 0) return prefix + body;
  if (flags.includes("-")) return prefix + body + " ".repeat(missing);
  const isNumeric = !"srac".includes(type);
  return flags.includes("0") && isNumeric ? prefix + "0".repeat(missing) + body : " ".repeat(missing) + prefix + body;
}
