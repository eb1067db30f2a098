import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createStepwell } from "../../../src/stepwell.ts";
import { whyNoData } from "../../parity/bfcl-data.ts";

const shared = process.env.STEPWELL_SHARED ?? join(import.meta.dir, "../../../../shared");
const file = join(shared, "seed-api/replies.jsonl.gz");
const missing = existsSync(file) ? whyNoData() : "the recorded exchanges are not here";

interface Exchange {
  readonly rig: string;
  readonly label: string;
  readonly route: string;
  readonly request: { readonly [field: string]: unknown };
  readonly status: number;
  readonly response: unknown;
}

/** Where we mean to answer otherwise; docs/http.md says each. */
const INTENDED: readonly { what: string; holds: (exchange: Exchange, status: number) => boolean }[] = [
  { what: "a failed create leaves nothing behind", holds: ({ label }) => label.includes("the failed create") },
  {
    what: "500 with a traceback becomes 400 that says what there is",
    holds: (one, status) => one.status === 500 && status === 400,
  },
  {
    what: "releasing what never was is 200 with success false",
    holds: (one, status) => one.route === "/release" && one.status === 500 && status === 200,
  },
  {
    what: "a list of messages, and params that are null, are accepted",
    holds: (one, status) =>
      one.status === 422 && status !== 422 && (Array.isArray(one.request.messages) || one.request.params === null),
  },
  { what: "a live instance_id is not replaced", holds: (one, status) => one.route === "/create" && status === 409 },
  {
    what: "content that is no text is an error, not the end of the turn",
    holds: ({ request }, status) =>
      status === 400 && typeof (request.messages as { content?: unknown }).content === "number",
  },
  {
    what: "a step after the end is refused",
    holds: (one, status) => one.route === "/step" && one.status === 200 && status === 409,
  },
];

/** Fields and types: everything of `recorded` must be in `ours`, which may have more. */
function lacks(recorded: unknown, ours: unknown, path = "data"): string[] {
  if (Array.isArray(recorded)) {
    if (!Array.isArray(ours)) return [path];
    return recorded.length > 0 && ours.length > 0 ? lacks(recorded[0], ours[0], `${path}[]`) : [];
  }
  if (typeof recorded === "object" && recorded !== null) {
    if (typeof ours !== "object" || ours === null) return [path];
    return Object.entries(recorded).flatMap(([key, value]) =>
      key in ours ? lacks(value, (ours as Record<string, unknown>)[key], `${path}.${key}`) : [`${path}.${key}`],
    );
  }
  return recorded === null || typeof recorded === typeof ours ? [] : [path];
}

test.skipIf(missing !== null && process.env.CI !== "true")(
  `the recorded exchanges get the same status and shape${missing === null ? "" : ` (not run: ${missing})`}`,
  async () => {
    const exchanges = gunzipSync(readFileSync(file))
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Exchange)
      // The other rig plays single-turn categories, which are listed as unavailable here.
      .filter(({ rig }) => rig === "old-multi_turn");
    await using well = await createStepwell({ environments: ["bfcl"], port: 0 });
    const address = well.listen().replace("ws:", "http:").replace("/v1", "");
    const different: string[] = [];
    let [agreeing, intended] = [0, 0];
    for (const exchange of exchanges) {
      const { request, route, label, status, response } = exchange;
      const answer = await fetch(`${address}${route}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof request._raw === "string" ? request._raw : JSON.stringify(request),
      });
      const ours = await answer.json();
      const wrong =
        answer.status === status
          ? lacks(status === 200 ? response : { detail: null }, ours)
          : [`status ${answer.status}`];
      if (wrong.length === 0) agreeing++;
      else if (INTENDED.some(({ holds }) => holds(exchange, answer.status))) intended++;
      else different.push(`${label} ${route} ${status}: ${wrong.join(", ")} ${JSON.stringify(ours).slice(0, 120)}`);
    }
    console.log(`recorded compared=${exchanges.length} agreeing=${agreeing} intended=${intended}`);
    expect(different).toEqual([]);
  },
);
