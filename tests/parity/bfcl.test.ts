import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bfclParity } from "./bfcl.ts";
import { whyNoData } from "./bfcl-data.ts";

const shared = process.env.STEPWELL_SHARED ?? join(import.meta.dir, "../../../shared");
const goldens = join(shared, "bfcl/golden");
const missing = existsSync(goldens) ? whyNoData() : "the recorded results are not here";
const skipped = missing !== null && process.env.CI !== "true";

describe(`parity with recorded results of the official engine${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  test.skipIf(skipped)(
    "holds in every record",
    async () => {
      const printed: string[] = [];
      const agree = await bfclParity(goldens, (line) => printed.push(line));
      expect(printed).toEqual([
        "agentic_check compared=1152 agreeing=1152 unstable=0",
        "decode compared=984 agreeing=984 unstable=0",
        "engine_fuzz compared=239 agreeing=239 unstable=5",
        "format_sensitivity compared=1560 agreeing=1560 unstable=0",
        "memory compared=40 agreeing=40 unstable=0",
        "multi_turn_gt compared=400 agreeing=400 unstable=0",
        "multi_turn_mut compared=3200 agreeing=3200 unstable=182",
        "single_turn compared=10707 agreeing=10707 unstable=0",
      ]);
      expect(agree).toBe(true);
    },
    120_000,
  );

  test.skipIf(skipped)("is false, and says where, when a record disagrees", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-parity-"));
    const record = {
      id: "fuzz_base_MathAPI_0",
      class: "MathAPI",
      initial_config: {},
      calls: ["add(a=1, b=2)"],
      results: ['{"result": 4}'],
      state_sha256: "0",
    };
    writeFileSync(join(folder, "engine_fuzz.one.jsonl.gz"), Bun.gzipSync(`${JSON.stringify(record)}\n`));
    const printed: string[] = [];
    expect(await bfclParity(folder, (line) => printed.push(line))).toBe(false);
    expect(printed[0]).toBe("engine_fuzz compared=1 agreeing=0 unstable=0");
    expect(printed.join("\n")).toContain(
      'call 0: add(a=1, b=2)\n      recorded: {"result": 4}\n      ours:     {"result": 3}',
    );
  });

  test("refuses a folder that is not there, or holds nothing of the kind", () => {
    expect(bfclParity("/no/such/folder", () => {})).rejects.toThrow("there is no folder");
    expect(bfclParity(mkdtempSync(join(tmpdir(), "stepwell-parity-")), () => {})).rejects.toThrow("holds no <set>");
  });
});
