import { spawn } from "node:child_process";
import { findBun } from "./find-bun.mjs";

/** Runs Bun with these arguments in place of this process: same stdio, signals passed on, same exit code. */
export function runWithBun(args) {
  const child = spawn(findBun(), args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  child.on("error", (error) => {
    console.error(`stepwell: could not start Bun: ${error.message}`);
    process.exit(1);
  });
}
