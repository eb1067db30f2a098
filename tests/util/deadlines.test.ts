import { expect, test } from "bun:test";
import fc from "fast-check";
import { SimulatedClock } from "xstate";
import { Deadlines } from "../../src/util/deadlines.ts";

test("a deadline fires once, not before its time and at most one tick after it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 20 }), (waits) => {
      const clock = new SimulatedClock();
      const deadlines = new Deadlines(clock, 50);
      const fired: { wait: number; at: number }[] = [];
      for (const wait of waits) deadlines.arm(wait, () => void fired.push({ wait, at: clock.now() }));
      for (let step = 0; step < 250; step++) clock.increment(10);
      expect(fired.map(({ wait }) => wait).sort((a, b) => a - b)).toEqual([...waits].sort((a, b) => a - b));
      for (const { wait, at } of fired) {
        expect(at).toBeGreaterThanOrEqual(wait);
        expect(at - wait).toBeLessThanOrEqual(60);
      }
      expect(deadlines.size).toBe(0);
    }),
  );
});

test("a disarmed deadline never fires, and disarming it again is harmless", () => {
  const clock = new SimulatedClock();
  const deadlines = new Deadlines(clock, 50);
  let fired = 0;
  const deadline = deadlines.arm(100, () => {
    fired++;
  });
  deadlines.disarm(deadline);
  deadlines.disarm(deadline);
  clock.increment(1000);
  expect([fired, deadlines.size]).toEqual([0, 0]);
});

test("a deadline that is armed while another fires has its own time", () => {
  const clock = new SimulatedClock();
  const deadlines = new Deadlines(clock, 50);
  const times: number[] = [];
  deadlines.arm(100, () => {
    times.push(clock.now());
    deadlines.arm(100, () => times.push(clock.now()));
  });
  for (let step = 0; step < 30; step++) clock.increment(10);
  expect(times).toEqual([100, 200]);
});
