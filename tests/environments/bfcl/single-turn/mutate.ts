import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";

type Random = () => number;

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T;

const STRANGE: readonly PyValue[] = [
  null,
  true,
  false,
  0n,
  1n,
  -3n,
  2.5,
  1.0,
  1e300,
  10n ** 400n,
  "",
  " ",
  "true",
  "5",
  "5L",
  "1.5f",
  "7n",
  "[1, 2]",
  "[[1, 2], [3]]",
  "[\"a\", 'b', c]",
  "{'k': 1, \"j\": [1, 2]}",
  "{}",
  'new ArrayList<String>(Arrays.asList("a", "b"))',
  "new ArrayList<>() {{ add(1); add(true); }}",
  "new int[]{1, 2}",
  'new HashMap<String, Object>() {{ put("k", 1); put("b", true); }}',
  "new Array(1, 'x')",
  "Ünïcode, İ ſ",
  "it's",
];

/** A call or a value with something wrong in it, somewhere. */
export function spoiled(value: PyValue, random: Random): PyValue {
  if (random() < 0.3) return strange(value, random);
  if (value instanceof PyDict) return spoiledDict(value, random);
  if (Array.isArray(value)) return spoiledList(value, random);
  if (typeof value === "string") return spoiledText(value, random);
  if (typeof value === "bigint") return pick([value + 1n, Number(value), String(value), -value, value === 1n], random);
  if (typeof value === "number") return pick([value + 0.5, BigInt(Math.trunc(value)), String(value), -value], random);
  return strange(value, random);
}

function strange(value: PyValue, random: Random): PyValue {
  return random() < 0.2 ? [value] : random() < 0.1 ? PyDict.of({ k: value }) : pick(STRANGE, random);
}

function spoiledDict(dict: PyDict, random: Random): PyDict {
  const entries = [...dict.entries()];
  const at = Math.floor(random() * entries.length);
  const entry = entries[at];
  const kind = Math.floor(random() * 6);
  if (entry === undefined || kind === 0) return PyDict.of([...entries, ["bogus", pick(STRANGE, random)]]);
  if (kind === 1) return PyDict.of(entries.filter((_, index) => index !== at));
  if (kind === 2)
    return PyDict.of(entries.map((each, index) => (index === at ? [`${String(each[0])}x`, each[1]] : each)));
  return PyDict.of(entries.map((each, index) => (index === at ? [each[0], spoiled(each[1], random)] : each)));
}

function spoiledList(list: readonly PyValue[], random: Random): PyValue[] {
  const at = Math.floor(random() * list.length);
  switch (Math.floor(random() * 5)) {
    case 0:
      return [...list].reverse();
    case 1:
      return list.filter((_, index) => index !== at);
    case 2:
      return [...list, ...list.slice(at, at + 1)];
    default:
      return list.map((item, index) => (index === at ? spoiled(item, random) : item));
  }
}

function spoiledText(text: string, random: Random): string {
  const at = Math.floor(random() * (text.length + 1));
  switch (Math.floor(random() * 6)) {
    case 0:
      return text.toUpperCase();
    case 1:
      return text.replaceAll(" ", ". ");
    case 2:
      return `${text.slice(0, at)}${pick([" ", ",", "'", '"', "-", "é", "x", "\n", "L", "f"], random)}${text.slice(at)}`;
    case 3:
      return text.slice(0, at);
    case 4:
      return text.replaceAll(".", "_");
    default:
      return `${text} `;
  }
}

const MARKS = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  "=",
  "'",
  '"',
  ".",
  "-",
  "+ 1",
  " ",
  "\n",
  "*",
  "**",
  ":",
  "None",
  "x",
  "é",
  "\\",
  "#",
  "lambda: 1",
  "f()",
  "<",
  ">",
];

/** A text with a few characters put in, left out or taken from elsewhere. */
export function spoiledAnswer(text: string, random: Random): string {
  let out = text;
  for (let left = 1 + Math.floor(random() * 2); left > 0; left--) {
    const at = Math.floor(random() * (out.length + 1));
    const length = 1 + Math.floor(random() * 4);
    switch (Math.floor(random() * 4)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + length);
        break;
      case 1:
        out = out.slice(0, at) + out.slice(at, at + length) + out.slice(at);
        break;
      default:
        out = out.slice(0, at) + pick(MARKS, random) + out.slice(at);
    }
  }
  return out;
}
