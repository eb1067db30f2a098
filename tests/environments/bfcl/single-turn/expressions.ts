type Random = () => number;

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T;

const VALUES = [
  ...[
    "0",
    "1",
    "-7",
    "255",
    "10**20",
    "True",
    "None",
    "0.5",
    "2.5",
    "1e-5",
    "-0.0",
    "1234567.891",
    "1e22",
    "9.995",
    "1e300",
  ],
  ...["'x'", "'héllo'", "'a b'", "''", "[1, 'y']", "(1, 2)", "(3,)", "()", "{'k': 4}", "{'k': 'v', 'n': 1.5}"],
];

const FLAGS = ["", "", "", "-", "0", "+", " ", "#", "-+", "0+", "#0"];
const WIDTHS = ["", "", "", "3", "8", "12", "*"];
const PRECISIONS = ["", "", "", ".", ".0", ".2", ".5", ".*"];
const TYPES = [
  "s",
  "s",
  "d",
  "d",
  "f",
  "f",
  "r",
  "x",
  "X",
  "o",
  "e",
  "E",
  "g",
  "G",
  "i",
  "u",
  "c",
  "a",
  "F",
  "%",
  "z",
  "ld",
];

/** An expression as the argument of a call: mostly such as a model might write, a few that no Python reads. */
export function expression(random: Random): string {
  const value = () => pick(VALUES, random);
  switch (Math.floor(random() * 10)) {
    case 0:
      return pick(
        [
          "(yield)",
          "(yield 1)",
          "(yield 1, 2)",
          "(yield from x)",
          "yield",
          "-(yield)",
          "g((yield))",
          "g(h(), (yield 2))",
        ],
        random,
      );
    case 1:
      return `(${value()}) ${pick(["+", "-", "*", "/", "//", "%", "|", "&", "<<", "**"], random)} ${pick(["2", "3", "0", "1.5", "'z'"], random)}`;
    default:
      return `${template(random)} % ${operand(random)}`;
  }
}

function template(random: Random): string {
  const count = random() < 0.7 ? 1 : 2;
  return `'${Array.from({ length: count }, () => pick(["", "a ", "%%", "é"], random) + specifier(random)).join(" ")}'`;
}

function specifier(random: Random): string {
  const key = random() < 0.15 ? pick(["(k)", "(n)"], random) : "";
  return `%${key}${pick(FLAGS, random)}${pick(WIDTHS, random)}${pick(PRECISIONS, random)}${pick(TYPES, random)}`;
}

function operand(random: Random): string {
  const value = () => pick(VALUES, random);
  if (random() < 0.6) return pick([value(), value(), value(), "x", "{'k': 1, 'n': 2.25}"], random);
  const count = 1 + Math.floor(random() * 3);
  return `(${Array.from({ length: count }, value).join(", ")},)`;
}
