import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A command of ours as a process of its own. */
export interface Child {
  readonly address: string;
  readonly pid: number;
  /** Resident bytes of the process; 0 where the system does not say. */
  memory(): number;
  stop(): void;
}

/** Starts this program with other arguments and waits for the address that it prints. */
export async function startSelf(
  args: readonly string[],
  address: RegExp,
  settings: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, main, ...args], {
    env: { ...process.env, ...settings },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    const found = address.exec(said)?.[1];
    if (found) {
      const { pid } = child;
      return { address: found, pid, memory: () => resident(pid), stop: () => child.kill() };
    }
  }
  throw new Error(`${args.join(" ")} ended without an address: ${said}`);
}

/** Milliseconds since `started` when a server first says that its environments are loaded. */
export async function readiness(address: string, started: number): Promise<number> {
  const readyz = new URL("/readyz", address.replace(/^ws/, "http"));
  while (!(await fetch(readyz)).ok) await Bun.sleep(2);
  return performance.now() - started;
}

function resident(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}
