import { resolve } from "node:path";
import { isSkipped } from "./engine.ts";

export interface Attacks {
  /** Bodies that set `got` when they have what they wanted. */
  readonly attempts: Readonly<Record<string, string>>;
  /** Code that sends raw frames to the API process, past the stubs. */
  readonly frames: Readonly<Record<string, string>>;
  /** Code that its process does not survive. */
  readonly crashes: Readonly<Record<string, string>>;
}

const READER = `
import json, sys, textwrap
import attacks
values = json.loads(sys.argv[1])
attempts = {**attacks.ANSWERS, **attacks.STATE, **attacks.PROCESSES, **attacks.OUTSIDE}
filled = {name: textwrap.dedent(body).strip().format(**values) for name, body in attempts.items()}
crashes = {name: textwrap.dedent(code).strip() for name, code in attacks.CRASHES.items()}
frames = {name: attacks.RAW + code.format() for name, code in attacks.FRAMES.items()}
print(json.dumps({"attempts": filled, "frames": frames, "crashes": crashes}))
`;

/** The attacks that the worker's own tests know (images/appworld/tests/attacks.py), with the paths of a container filled in. */
export function readAttacks(values: Readonly<Record<string, string>>): Attacks {
  if (isSkipped) return { attempts: {}, frames: {}, crashes: {} };
  const cwd = resolve(import.meta.dir, "../../images/appworld/tests");
  const python = process.env.STEPWELL_PYTHON ?? "python3";
  const read = Bun.spawnSync([python, "-B", "-c", READER, JSON.stringify(values)], { cwd });
  if (read.exitCode !== 0) throw new Error(`the attacks cannot be read: ${read.stderr}`);
  return JSON.parse(read.stdout.toString()) as Attacks;
}
