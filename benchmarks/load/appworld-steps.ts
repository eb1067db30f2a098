import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startSelf } from "../../src/cli/bench-server.ts";
import { percentile, table } from "../../src/cli/terminal.ts";
import { connect } from "../../src/client/index.ts";
import { appworldPaths } from "../../src/environments/appworld/paths.ts";

/**
 * What a step through Stepwell costs over the bare engine: the same code over a WebSocket, in a worker that is a process of
 * this machine, and by `world.execute` of the stock engine in a process of its own, in turn, step by step, so that what
 * else the machine does hits all alike. The bare engine twice: as it is, and without the files that it writes after each
 * execution. Needs what `stepwell pull appworld` makes. `bun benchmarks/load/appworld-steps.ts [steps of each code]`
 */
const steps = Number(process.argv[2] ?? 200);
/** Steps of each that are not counted: the first uses of anything fill caches. */
const WARM_UP = 5;
const CODES = {
  "`print(1)`": "print(1)",
  "one call": "print(apis.supervisor.show_profile())",
  "ten calls": "for _ in range(10):\n    apis.supervisor.show_profile()",
};

interface Lane {
  readonly name: string;
  /** Runs code once; the seconds that it took. */
  run(code: string): Promise<number>;
  /** Processor seconds so far of all that runs it. */
  cpu(): number;
}

const { venv, root } = appworldPaths(process.env);
const TASK = (readdirSync(join(root, "data", "tasks")).sort()[0] ?? "").split("/").pop() ?? "";

/** The stock engine in a process of its own, which times itself: the pipe to it is not in the figures. */
function bareEngine(name: string, ...flags: string[]): Lane & { stop(): void } {
  const program = join(import.meta.dir, "appworld_bare.py");
  const child = Bun.spawn([join(venv, "bin", "python"), program, resolve(root), TASK, ...flags], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let cpu = 0;
  return {
    name,
    async run(code) {
      child.stdin.write(`${JSON.stringify(code)}\n`);
      child.stdin.flush();
      let line = "";
      while (!line.endsWith("\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the bare engine ended");
        line += decoder.decode(value, { stream: true });
      }
      const { s, cpu_s, said }: { s: number; cpu_s: number; said: string } = JSON.parse(line);
      if (said.includes("Execution failed")) throw new Error(said);
      cpu += cpu_s;
      return s;
    },
    cpu: () => cpu,
    stop: () => child.kill(),
  };
}

/** Processor seconds of the children of a process, theirs included, and of those that were buried. */
function cpuBelow(pid: number): number {
  let ticks = 0;
  const visit = (each: number) => {
    try {
      const fields = readFileSync(`/proc/${each}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      ticks += fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
      for (const task of readdirSync(`/proc/${each}/task`)) {
        const children = readFileSync(`/proc/${each}/task/${task}/children`, "utf8").trim();
        for (const child of children === "" ? [] : children.split(" ")) visit(Number(child));
      }
    } catch {
      // It ended while it was looked at.
    }
  };
  visit(pid);
  return ticks / 100;
}

const settings = { STEPWELL_DRAIN_S: "0" };
const args = ["serve", "--port", "0", "--env", "appworld", "--launcher", "process", "--max-workers", "1"];
const server = await startSelf(args, /stepwell serves (\S+)/, settings);
const bare = [bareEngine("bare engine"), bareEngine("bare engine, no files", "--no-files")];
try {
  await using client = await connect(server.address);
  const instance = await client.create("appworld", TASK, { params: { max_steps: 1_000_000 } });
  const served: Lane = {
    name: "Stepwell",
    async run(code) {
      const begun = performance.now();
      const { state, info } = await instance.step({ role: "assistant", content: `\`\`\`python\n${code}\n\`\`\`` });
      const took = (performance.now() - begun) / 1000;
      if (info.failure || String(state[0]?.content).includes("Execution failed"))
        throw new Error(JSON.stringify(state));
      return took;
    },
    // The server and its worker are the only other descendants of this process.
    cpu: () => cpuBelow(server.pid),
  };
  const rows: string[][] = [];
  for (const [name, code] of Object.entries(CODES)) {
    const seconds = new Map<Lane, number[]>();
    const spent = new Map<Lane, number>();
    for (let at = -WARM_UP; at < steps; at++) {
      for (const lane of [served, ...bare]) {
        if (at === 0) spent.set(lane, lane.cpu());
        const took = await lane.run(code);
        if (at >= 0) seconds.set(lane, [...(seconds.get(lane) ?? []), took]);
      }
    }
    const ms = (lane: Lane, share: number) =>
      1000 *
      percentile(
        (seconds.get(lane) ?? []).toSorted((a, b) => a - b),
        share,
      );
    for (const lane of [served, ...bare]) {
      const cpu = (1000 * (lane.cpu() - (spent.get(lane) ?? 0))) / steps;
      const over = lane === served ? "" : (ms(served, 0.5) - ms(lane, 0.5)).toFixed(2);
      rows.push([name, lane.name, ms(lane, 0.5).toFixed(2), ms(lane, 0.95).toFixed(2), cpu.toFixed(2), over]);
    }
  }
  console.log(table(["code", "", "p50 ms", "p95 ms", "CPU ms", "Stepwell's p50 over it, ms"], rows));
  console.log(`load of the machine: ${readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" ")}`);
} finally {
  for (const each of bare) each.stop();
  server.stop();
}
