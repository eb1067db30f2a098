import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killGroup, startOf } from "./process-identity.ts";

const WORKER = "worker.json";

/** Where the endpoints of this user's servers are, 0700: STEPWELL_RUNTIME_DIR, else the folder for temporary files. */
function endpointsDir(): string {
  return join(process.env.STEPWELL_RUNTIME_DIR ?? tmpdir(), `stepwell-${process.getuid?.() ?? 0}`);
}

/** A new folder, 0700, whose name says which server it belongs to. */
export function makeEndpointFolder(): string {
  const dir = endpointsDir();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return mkdtempSync(join(dir, `${process.pid}.${startOf(process.pid)}.`));
}

/** Notes the process that an endpoint was opened for, so that a later server can end it. */
export function noteWorker(folder: string, pid: number): void {
  writeFileSync(join(folder, WORKER), JSON.stringify({ pid, start: startOf(pid) }));
}

/**
 * Removes what servers left that ended without cleaning up: their folders, and workers that did not notice the end. Says
 * how many of each.
 */
export function reapEndpoints(): { folders: number; workers: number } {
  const reaped = { folders: 0, workers: 0 };
  const dir = endpointsDir();
  // Nothing is made here: a server whose workers dial in needs no writable folder.
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    const [pid, start] = name.split(".");
    if (startOf(Number(pid)) === start) continue;
    const folder = join(dir, name);
    if (killLeftWorker(folder)) reaped.workers++;
    rmSync(folder, { recursive: true, force: true });
    reaped.folders++;
  }
  return reaped;
}

function killLeftWorker(folder: string): boolean {
  try {
    const { pid, start } = JSON.parse(readFileSync(join(folder, WORKER), "utf8")) as { pid: number; start: string };
    if (start !== startOf(pid)) return false;
    killGroup(pid);
    return true;
  } catch {
    // No worker was noted: the server ended before it had started one.
    return false;
  }
}
