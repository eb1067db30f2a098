import { expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { BOUNDS, Durations } from "../../src/metrics/durations.ts";

const [NAME, HELP] = ["stepwell_test_seconds", "Seconds."];

const observation = fc.record({
  env_type: fc.constantFrom("bfcl", "webshop"),
  op: fc.constantFrom("step", "create"),
  seconds: fc.oneof(fc.constantFrom(0, ...BOUNDS), fc.double({ min: 0, max: 200, noNaN: true })),
});

test("durations are written as prom-client's own histogram writes them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 50 }), async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const durations = new Durations(NAME, HELP, ours);
      const labelNames = ["env_type", "op"] as const;
      const histogram = new Histogram({ name: NAME, help: HELP, labelNames, buckets: BOUNDS, registers: [theirs] });
      for (const { env_type, op, seconds } of observations) {
        durations.add(env_type, op, seconds);
        histogram.observe({ env_type, op }, seconds);
      }
      const [written, expected] = await Promise.all([ours.metrics(), theirs.metrics()]);
      expect(written.split("\n").sort()).toEqual(expected.split("\n").sort());
    }),
  );
});
