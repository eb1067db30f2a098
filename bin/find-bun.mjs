import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const exe = process.platform === "win32" ? "bun.exe" : "bun";

/** Where npm may have put Bun: the `bun` package's install script moves the executable out of the platform package. */
function* candidates() {
  const system = { linux: "linux", darwin: "darwin", win32: "windows" }[process.platform];
  const platform = `@oven/bun-${system}-${{ x64: "x64", arm64: "aarch64" }[process.arch]}`;
  yield ["bun", "bun.exe"];
  for (const variant of ["", "-baseline", "-musl", "-musl-baseline"]) yield [`${platform}${variant}`, exe];
}

function runs(path) {
  return spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The path of a Bun that runs here: STEPWELL_BUN, this process, the one npm installed with us, or one on the PATH. */
export function findBun() {
  if (process.env.STEPWELL_BUN) return process.env.STEPWELL_BUN;
  if (process.versions.bun) return process.execPath;
  for (const [name, file] of candidates()) {
    try {
      const path = join(dirname(require.resolve(`${name}/package.json`)), "bin", file);
      if (runs(path)) return path;
    } catch {
      // not installed for this platform: the next one may be
    }
  }
  if (runs(exe)) return exe;
  console.error("stepwell: no Bun found. `npm install bun` beside stepwell, or set STEPWELL_BUN to a bun executable.");
  process.exit(1);
}
