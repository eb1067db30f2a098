import { readFileSync } from "node:fs";

/**
 * When a process was started, in ticks since the machine was: with its id it names one process for ever, while ids alone
 * come again. Null when there is none; "0" where the system does not tell (then the id alone has to do).
 */
export function startOf(pid: number): string | null {
  try {
    // The name of the program stands in brackets and may hold anything; field 22 is the 20th behind it.
    const behind = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "";
    return behind.split(" ")[19] ?? "0";
  } catch {
    return process.platform === "linux" || !isAlive(pid) ? null : "0";
  }
}

/** Kills a process group with all that is in it; one that is gone is no error. Whether there was anything of it. */
export function killGroup(pid: number): boolean {
  try {
    return process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
