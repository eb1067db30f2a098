import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Processes whose environment has a variable of that value: a worker and whatever it started, wherever they moved to. */
export function processesWith(name: string, value: string): { pid: number; command: string }[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const variables = readFileSync(`/proc/${entry}/environ`, "utf8").split("\0");
      if (!variables.includes(`${name}=${value}`)) return [];
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
