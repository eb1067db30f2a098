import { existsSync, readdirSync, readFileSync } from "node:fs";

/**
 * Processes whose environment has these variables: a worker and whatever it started, wherever they moved to. Other
 * suites run beside this one: what is to be killed is named by a variable that only this suite sets.
 */
export function processesWith(variables: Record<string, string>): { pid: number; command: string }[] {
  const wanted = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const has = readFileSync(`/proc/${entry}/environ`, "utf8").split("\0");
      if (!wanted.every((variable) => has.includes(variable))) return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0").join(" ").trim();
      return command === "" ? [] : [{ pid: Number(entry), command }];
    } catch {
      // It ended while it was looked at, or is another user's.
      return [];
    }
  });
}

/** Folders of endpoints under a runtime folder. */
export function endpointFolders(runtime: string): string[] {
  const dir = `${runtime}/stepwell-${process.getuid?.() ?? 0}`;
  return existsSync(dir) ? readdirSync(dir) : [];
}
