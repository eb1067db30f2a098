/**
 * What is published, as a stranger meets it: packed, installed into an empty project, used from Node, Bun and Deno.
 * Not a part of `bun test`, since it installs from the registry: `npm run test:packaging`.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { must, Project, root, run } from "./project.ts";

const CI = process.env.CI === "true";
const DENO = ["npx", "--yes", "deno@2.9.6"];
const NODE_WITH_WEBSOCKET = ["npx", "--yes", "node@24.21.0"];
const PUBLINT = ["npx", "--yes", "publint@0.3.25"];
const ATTW = ["npx", "--yes", "-p", "@arethetypeswrong/cli@0.18.5", "attw"];

/** A tool that npx fetches; where it cannot, its test is not run, except in CI. */
const missing = async (tool: readonly string[]) => !CI && (await run([...tool, "--version"], root)).code !== 0;
const noDeno = await missing(DENO);
const noNode = await missing(NODE_WITH_WEBSOCKET);
const noPublint = await missing(PUBLINT);
const noAttw = await missing(ATTW);
const unless = (absent: boolean, tool: string) => (absent ? ` (not run: npx cannot fetch ${tool})` : "");

let project: Project;
let server: Awaited<ReturnType<Project["serve"]>>;

beforeAll(async () => {
  project = await Project.install();
  server = await project.serve();
});

afterAll(async () => {
  await server?.stop();
  project?.[Symbol.dispose]();
});

/** Plays an episode with the installed client on a runtime. */
const play = (...runtime: string[]) => playAt(server.url, ...runtime);

async function playAt(url: string, ...runtime: string[]): Promise<void> {
  expect(JSON.parse(await project.must(...runtime, "play.mjs", url))).toEqual({
    reward: 1,
    steps: 7,
    refused: "unknown_environment",
    frame: { id: 1, op: "hello", version: 1 },
  });
}

test("npx stepwell demo guess runs on Node alone, install scripts off", async () => {
  expect(existsSync(join(project.folder, "node_modules/.bin/stepwell"))).toBe(true);
  expect(await project.must("npx", "stepwell", "demo", "guess")).toContain("50/50 at reward 1");
});

test("npx stepwell --version says the version of the package", async () => {
  const { version } = await Bun.file(join(root, "package.json")).json();
  expect(await project.must("npx", "stepwell", "--version")).toBe(`${version}\n`);
});

test("client and protocol on Node", () => play("node"));

test("client and protocol on Node with ws, as before Node had a WebSocket", () =>
  play("node", "--import", "data:text/javascript,delete globalThis.WebSocket"));

test.skipIf(noNode)(`client and protocol on a Node with its own WebSocket${unless(noNode, "node 24")}`, () =>
  play(...NODE_WITH_WEBSOCKET),
);

test("client and protocol on Bun", () => play(process.execPath));

test.skipIf(noDeno)(`client and protocol on Deno${unless(noDeno, "deno")}`, () =>
  play(...DENO, "run", "--quiet", "--allow-net", "--allow-env", "--allow-read"),
);

test.skipIf(noDeno)(`the types hold for Deno${unless(noDeno, "deno")}`, () =>
  project.must(...DENO, "check", "--quiet", "client.mts"),
);

/** A consumer's compiler options; the types of dependencies are checked too (no skipLibCheck). */
function check(file: string, types: string, module: string, resolution: string): Promise<string> {
  const strict = ["--strict", "--noEmit", "--target", "esnext"];
  const how = ["--types", types, "--module", module, "--moduleResolution", resolution];
  return project.must(join(root, "node_modules/.bin/tsc"), "--ignoreConfig", ...strict, ...how, file);
}

for (const [module, resolution] of [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
] as const) {
  test(`the types of client and protocol resolve without Bun's, moduleResolution ${resolution}`, () =>
    check("client.mts", "", module, resolution));
  test(`the types of the server and the suites resolve, moduleResolution ${resolution}`, () =>
    check("bun.mts", "bun-types", module, resolution));
}

test("Bun loads the server and the suites from the installed package, with the errors of one class", async () => {
  const program = `
    const [{ createStepwell, ProtocolError }, client, suites] =
      await Promise.all(["stepwell", "stepwell/client", "stepwell/testing"].map((name) => import(name)));
    await using well = await createStepwell({ environments: ["guess"] });
    const error = await well.create("guess", "nothing").catch((error) => error);
    console.log(error instanceof client.ProtocolError, ProtocolError === client.ProtocolError, typeof suites.environmentSuite);`;
  expect(await project.must(process.execPath, "-e", program)).toBe("true true function\n");
});

test("the tarball holds what it needs and nothing else", async () => {
  const files = (await must(["tar", "-tzf", project.tarball], root)).trim().split("\n");
  expect(files.filter((file) => /^package\/(tests|benchmarks|examples|docs|node_modules)\//.test(file))).toEqual([]);
  const built = files.filter((file) => /^package\/dist\/.*\.js$/.test(file));
  expect(built.filter((file) => !/^package\/dist\/src\/(client|protocol|util)\//.test(file))).toEqual([]);
  expect(built).toContain("package/dist/src/client/index.js");
});

test("the installed server ends with 0 on a SIGTERM to its launcher", async () => {
  const other = await project.serve();
  expect(await other.stop()).toBe(0);
});

test.skipIf(noPublint)(`publint finds nothing${unless(noPublint, "publint")}`, () =>
  must([...PUBLINT, "--strict", project.tarball], root),
);

test.skipIf(noAttw)(`attw finds nothing${unless(noAttw, "attw")}`, () =>
  must([...ATTW, project.tarball, "--profile", "esm-only"], root),
);

test("the executable serves by itself", async () => {
  await must(["npm", "run", "build:executable"], root);
  const executable = join(root, "dist/stepwell");
  const { code, out, err } = await project.run(executable, "demo", "guess");
  expect(out).toContain("50/50 at reward 1");
  expect(code).toBe(0);
  // XState's development build warns of things that are none of a user's business, and is slower.
  expect(err).not.toContain("Custom actions");
  const { version } = await Bun.file(join(root, "package.json")).json();
  expect(await project.must(executable, "--version")).toBe(`${version}\n`);
  const alone = await project.serve(executable);
  await playAt(alone.url, "node");
  expect(await alone.stop()).toBe(0);
});

test("the executable has threads", async () => {
  const alone = await project.serve(join(root, "dist/stepwell"), "--launcher", "thread");
  await playAt(alone.url, "node");
  expect(await alone.stop()).toBe(0);
});

test("the executable comes as a wheel, for a Python where no Node is", async () => {
  const python = process.env.STEPWELL_PYTHON ?? "python3";
  const [wheels, venv] = [join(project.folder, "wheels"), join(project.folder, "venv")];
  const machine = process.arch === "x64" ? "x86_64" : "aarch64";
  await must([python, "python/server/build.py", "--target", machine, "--out", wheels], root);
  await must([python, "-m", "venv", venv], root);
  await must([join(venv, "bin/pip"), "install", "--quiet", "--find-links", wheels, "./python[server]"], root);
  const alone = ["env", "-i", "PATH=", join(venv, "bin/python"), "serve.py"];
  expect(await project.must(...alone)).toBe("in-process 1.0\nprocess 1.0\nthread 1.0\n");
});

test("the lock file names no place to download from", async () => {
  const lock = await Bun.file(join(root, "package-lock.json")).text();
  expect(lock).not.toContain('"resolved"');
});
