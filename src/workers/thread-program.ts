import { nativeEnvironments } from "../environments/registry.ts";
import { serveThread } from "./thread-host.ts";

/** What a thread of `threadLauncher` runs: hosts the native environment that it is told. */
serveThread((env_type) => {
  const native = nativeEnvironments[env_type];
  if (!native) throw new Error(`no environment "${env_type}"`);
  return native.load((line) => process.stderr.write(`${line}\n`));
});
