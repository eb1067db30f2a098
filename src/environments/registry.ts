import { appworld } from "./appworld/external.ts";
import { bfcl } from "./bfcl/native.ts";
import type { ExternalEnvironment } from "./external.ts";
import { guessDemo } from "./guess/demo.ts";
import { guess } from "./guess/environment.ts";
import type { NativeEnvironment } from "./native.ts";
import { webshop } from "./webshop/native.ts";

/** The native environments by `env_type`. A new one is one folder and one line here. */
export const nativeEnvironments: Readonly<Record<string, NativeEnvironment>> = {
  bfcl,
  guess: { load: () => guess, demo: () => guessDemo },
  webshop,
};

/** The environments whose engine is a program in another language. */
export const externalEnvironments: Readonly<Record<string, ExternalEnvironment>> = { appworld };
