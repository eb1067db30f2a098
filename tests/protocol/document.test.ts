import { expect, test } from "bun:test";
import { ERROR_CODES, type ErrorCode } from "../../src/protocol/errors.ts";
import { repliesOf, requestsOf } from "../../src/protocol/frames.ts";
import { WIRE_LIMITS } from "../../src/protocol/limits.ts";
import { OPS, parseRequest } from "../../src/protocol/ops.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/version.ts";
import { examples, page, tableOf } from "./document.ts";

test("the table of error codes on the page is the one of the code", () => {
  const rows = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const { http, close, retryable, text } = ERROR_CODES[code];
    return `| \`${code}\` | ${http} | ${close ?? ""} | ${retryable ? "yes" : ""} | ${text} |`;
  });
  expect(tableOf("error codes")).toEqual(["| code | HTTP | close | retryable | |", "|---|---|---|---|---|", ...rows]);
});

test("the limits on the page are those of the code", () => {
  const rows = tableOf("limits").flatMap((line) => {
    const [, name, value] = /^\| `(\w+)` \| (\d+) \|/.exec(line) ?? [];
    return name === undefined ? [] : [[name, Number(value)] as const];
  });
  expect(Object.fromEntries(rows)).toEqual({ ...WIRE_LIMITS });
});

test("the page has every op in its table, and no other", () => {
  const ops = [...page.matchAll(/^\| \[`(\w+)`\]\(#[\w-]+\) \|/gm)].map((match) => match[1]);
  expect(ops.sort()).toEqual(OPS.map(String).sort());
});

test("the page names the version and the subprotocol", () => {
  expect(page).toStartWith(`# The protocol, version ${PROTOCOL_VERSION}\n`);
  expect(page).toContain(`\`${SUBPROTOCOL}\``);
});

test("every link within the page leads to a heading", () => {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const [, anchor] of page.matchAll(/\]\(#([\w-]+)\)/g)) expect(headings).toContain(anchor ?? "");
});

test("every example of the page is a frame that is accepted", () => {
  const lines = examples.flat();
  expect(lines.length).toBeGreaterThan(30);
  for (const { from, text } of lines) {
    const value: unknown = JSON.parse(text);
    if (from === "server") repliesOf(value, WIRE_LIMITS);
    else for (const frame of requestsOf(value, WIRE_LIMITS)) parseRequest(frame);
  }
});
