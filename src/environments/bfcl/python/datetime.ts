import { decimalValue } from "./builtins.ts";
import { typeError, valueError } from "./errors.ts";
import { repr } from "./repr.ts";
import { type PyValue, typeName } from "./values.ts";

/** datetime.datetime without a zone, to the second. */
export class PyDateTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;

  constructor(year: number, month: number, day: number, hour = 0, minute = 0, second = 0) {
    this.year = year;
    this.month = month;
    this.day = day;
    this.hour = hour;
    this.minute = minute;
    this.second = second;
  }

  /** From float seconds since 1970, in UTC. */
  static fromTimestamp(seconds: number): PyDateTime {
    const date = new Date(seconds * 1000);
    return new PyDateTime(
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
      date.getUTCHours(),
      date.getUTCMinutes(),
      date.getUTCSeconds(),
    );
  }

  /** Whole seconds since 1970, in UTC. */
  get timestamp(): number {
    // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
    const date = new Date(0);
    date.setUTCFullYear(this.year, this.month - 1, this.day);
    return date.setUTCHours(this.hour, this.minute, this.second) / 1000;
  }

  /** `YYYY-MM-DD HH:MM:SS`, which sorts as the times do. */
  toString(): string {
    const pad = (value: number, width = 2) => String(value).padStart(width, "0");
    const date = `${pad(this.year, 4)}-${pad(this.month)}-${pad(this.day)}`;
    return `${date} ${pad(this.hour)}:${pad(this.minute)}:${pad(this.second)}`;
  }
}

/** What CPython's strptime accepts for each directive; \p{Nd} because its \d is Unicode's. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: "(?<Y>\\p{Nd}{4})",
  m: "(?<m>1[0-2]|0[1-9]|[1-9])",
  d: "(?<d>3[0-1]|[1-2]\\p{Nd}|0[1-9]|[1-9]| [1-9])",
  H: "(?<H>2[0-3]|[0-1]\\p{Nd}|\\p{Nd})",
  M: "(?<M>[0-5]\\p{Nd}|\\p{Nd})",
  S: "(?<S>6[0-1]|[0-5]\\p{Nd}|\\p{Nd})",
};

const patterns = new Map<string, RegExp>();

function patternOf(format: string): RegExp {
  const known = patterns.get(format);
  if (known) return known;
  const source = format.replace(/%(.)|\s+|[.*+?^${}()|[\]\\]/g, (match, directive: string | undefined) => {
    if (directive !== undefined) return DIRECTIVES[directive] ?? match;
    return /\s/.test(match) ? "\\s+" : `\\${match}`;
  });
  const pattern = new RegExp(source, "uy");
  patterns.set(format, pattern);
  return pattern;
}

/** datetime.strptime for %Y %m %d %H %M %S, with CPython's error texts. */
export function strptime(text: PyValue, format: string): PyDateTime {
  if (typeof text !== "string") {
    throw typeError(`strptime() argument 1 must be str, not ${text === null ? "None" : typeName(text)}`);
  }
  const pattern = patternOf(format);
  pattern.lastIndex = 0;
  const match = pattern.exec(text);
  if (!match?.groups) throw valueError(`time data ${repr(text)} does not match format ${repr(format)}`);
  if (match[0].length < text.length) throw valueError(`unconverted data remains: ${text.slice(match[0].length)}`);
  const { Y, m, d, H, M, S } = match.groups;
  const [year, month, day] = [number(Y), number(m), number(d)];
  if (year < 1) throw valueError(`year ${year} is out of range`);
  if (day > daysIn(year, month)) throw valueError("day is out of range for month");
  const second = S === undefined ? 0 : number(S);
  if (second > 59) throw valueError("second must be in 0..59");
  return new PyDateTime(year, month, day, H === undefined ? 0 : number(H), M === undefined ? 0 : number(M), second);
}

function number(digits: string | undefined): number {
  let value = 0;
  for (const digit of (digits ?? "").trim())
    value = value * 10 + (/[0-9]/.test(digit) ? Number(digit) : decimalValue(digit));
  return value;
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}
