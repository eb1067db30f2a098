import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Glob } from "bun";

const root = resolve(import.meta.dir, "../..");

/**
 * Who may import whom, `import type` included. A key is a folder or file under src; the longest that matches rules.
 * A value lists what it may import besides itself; `npm:` lists packages that only it may use.
 */
const rules: Record<string, readonly string[]> = {
  util: [],
  protocol: ["util"],
  "options.ts": ["util"],
  environments: ["protocol", "util"],
  client: ["protocol", "util"],
  journal: ["protocol", "util"],
  containers: ["protocol/errors.ts", "util"],
  workers: ["protocol", "environments", "actors/ports.ts", "util"],
  "workers/docker-hosting.ts": ["workers", "environments", "actors/ports.ts", "util", "containers"],
  "workers/docker.ts": [
    "workers",
    "protocol",
    "environments/worker-inputs.ts",
    "actors/ports.ts",
    "util",
    "containers",
  ],
  actors: ["protocol", "util"],
  metrics: ["protocol", "util"],
  server: ["actors", "protocol", "metrics", "options.ts", "util"],
  testing: ["actors/ports.ts", "environments/environment.ts", "environments/guess", "protocol", "client", "util"],
  "stepwell.ts": [
    "actors",
    "environments",
    "journal",
    "metrics",
    "options.ts",
    "protocol",
    "server",
    "util",
    "workers",
    "containers",
  ],
  "index.ts": ["stepwell.ts", "options.ts", "protocol", "environments/environment.ts"],
  cli: ["stepwell.ts", "index.ts", "client", "protocol", "options.ts", "util", "environments", "containers", "workers"],
};

function ruleOf(file: string): string {
  const rule = Object.keys(rules)
    .filter((name) => file === name || file.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (rule === undefined) throw new Error(`src/${file} stands in no known folder`);
  return rule;
}

function importsOf(path: string): string[] {
  const source = readFileSync(path, "utf8");
  const found = source.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^"'`;]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** What a file of src imports of this repository, as paths from src. */
function ownImportsOf(file: string): string[] {
  return importsOf(join(root, "src", file))
    .filter((name) => name.startsWith("."))
    .map((name) => relative(join(root, "src"), resolve(root, "src", dirname(file), name)));
}

const files = [...new Glob("**/*.ts").scanSync(join(root, "src"))].sort();

test("every import goes where the table of ARCHITECTURE.md allows", () => {
  const wrong: string[] = [];
  for (const file of files) {
    const rule = ruleOf(file);
    for (const to of ownImportsOf(file)) {
      const allowed = [rule, ...(rules[rule] ?? [])].some((name) => to === name || to.startsWith(`${name}/`));
      if (!allowed && !to.startsWith("..")) wrong.push(`src/${file} -> src/${to}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(circlesOf(files)).toEqual([]);
});

/** Every import among the files that leads back to the file it stands in. */
function circlesOf(among: readonly string[]): string[] {
  const imports = new Map(among.map((file) => [file, ownImportsOf(file)]));
  const leadsTo = (from: string, goal: string, seen: Set<string>): boolean => {
    if (from === goal) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (imports.get(from) ?? []).some((next) => leadsTo(next, goal, seen));
  };
  return [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => leadsTo(target, file, new Set())).map((target) => `src/${file} -> src/${target}`),
  );
}

test("client, protocol and util use no Bun or Node API, so that they run in a browser", () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => /^(client|protocol|util)\//.test(name))) {
    if (BUN_OR_NODE_HELPERS.has(file)) continue;
    for (const target of importsOf(join(root, "src", file))) {
      if (/^(node:|bun(:|$))/.test(target)) wrong.push(`src/${file} imports ${target}`);
    }
    const source = readFileSync(join(root, "src", file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    for (const name of source.match(/\b(Bun|process|Buffer|__dirname)\b\s*[.([]/g) ?? []) {
      wrong.push(`src/${file} uses ${name}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** Files of util that are for the server's side alone. */
const BUN_OR_NODE_HELPERS = new Set(["util/cache-dir.ts"]);

test("actors know no container library, no server and no XState inspection", () => {
  const banned = /dockerode|bun:sqlite|Bun\.serve|\binspect:/;
  const wrong = files.filter(
    (file) => file.startsWith("actors/") && banned.test(readFileSync(join(root, "src", file), "utf8")),
  );
  expect(wrong).toEqual([]);
});
