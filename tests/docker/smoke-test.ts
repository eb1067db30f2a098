import { resolve } from "node:path";

/** Runs the smoke test of an image as its README has it. Gives the exit code and all that it printed. */
export async function runSmokeTest(name: string, ...images: string[]): Promise<{ code: number; text: string }> {
  const script = resolve(import.meta.dir, `../../images/${name}/smoke-test.sh`);
  const child = Bun.spawn([script, ...images], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, text: out + err };
}
