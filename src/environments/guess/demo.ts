import type { Demo } from "../native.ts";

/** Halves what is left of 1 to 100 at each answer: seven guesses find any number. */
export const guessDemo: Demo = {
  split: "train",
  group: "env_type",
  policy: () => {
    let low = 1;
    let high = 100;
    let guess = 0;
    return (observation) => {
      const said = observation.at(-1)?.content;
      if (said === "Higher.") low = guess + 1;
      if (said === "Lower.") high = guess - 1;
      guess = Math.floor((low + high) / 2);
      return { role: "assistant", content: String(guess) };
    };
  },
};
