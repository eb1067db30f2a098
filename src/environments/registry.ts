import type { Environment } from "./environment.ts";
import { guess } from "./guess/environment.ts";

/** How the native environments are loaded, by `env_type`. A new environment is one folder and one line here. */
export const nativeEnvironments: Readonly<Record<string, () => Environment | Promise<Environment>>> = {
  guess: () => guess,
};
