// What a program on Bun writes against the package.
import { expect, test } from "bun:test";
import { createStepwell, type Environment, type Stepwell } from "stepwell";
import { environmentSuite } from "stepwell/testing";

export async function reward(): Promise<number | null> {
  await using well: Stepwell = await createStepwell({ environments: ["guess"] });
  await using instance = await well.create("guess", "guess_42");
  await instance.step({ role: "assistant", content: "42" });
  return (await instance.evaluate()).reward;
}

export const suite = (under: Parameters<typeof environmentSuite>[0]) => environmentSuite(under, { test, expect });
export const nameOf = (environment: Environment): string => environment.env_type;

// @ts-expect-error the types are real ones: options have names
export const wrong = createStepwell({ environmints: [] });
