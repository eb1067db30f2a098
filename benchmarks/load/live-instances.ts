import { startSelf } from "../../src/cli/bench-server.ts";
import { connect, type InstanceHandle } from "../../src/client/index.ts";
import { nativeEnvironments } from "../../src/environments/registry.ts";
import type { Message } from "../../src/index.ts";

/**
 * Holds many live instances of an environment, each three steps in, and says what one costs in resident memory of the
 * server, and that steps are still served. `bun benchmarks/load/live-instances.ts [count] [environment]`
 */
const count = Number(process.argv[2] ?? 10_000);
const env_type = process.argv[3] ?? "bfcl";
const server = await startSelf(["serve", "--port", "0", "--env", env_type], /stepwell serves (\S+)/);
try {
  await using client = await connect(server.address);
  const demo = await nativeEnvironments[env_type]?.demo(() => {});
  if (!demo) throw new Error(`no environment "${env_type}"`);
  const { tasks } = await client.tasks(env_type, { split: "all", limit: 10_000 });
  const instances: InstanceHandle[] = [];
  const open = async (from: number, to: number) => {
    for (let at = from; at < to; at += 64) {
      const wanted = Array.from(
        { length: Math.min(64, to - at) },
        (_, index) => tasks[(at + index) % tasks.length]?.task_id ?? "",
      );
      const created = await client.createMany(wanted.map((task_id) => ({ env_type, task_id })));
      const group = created.flatMap((one) => ("ok" in one ? [one.ok] : []));
      const policies = wanted.map((task_id) => demo.policy(task_id));
      let seen: (readonly Message[])[] = group.map(({ state }) => state);
      for (let step = 0; step < 3; step++) {
        const done = await client.stepMany(
          group.map((instance, index) => ({
            instance,
            action: policies[index]?.(seen[index] ?? []) ?? { role: "assistant", content: "" },
          })),
        );
        seen = done.map((one) => ("ok" in one ? one.ok.state : []));
      }
      instances.push(...group);
    }
  };
  // The base holds every task once: what is read of the data is shared by all instances.
  await open(0, tasks.length);
  const base = server.memory();
  await open(0, count);
  const bytes = (server.memory() - base) / count;
  const sent = performance.now();
  await client.evaluateMany(instances.slice(-64));
  const took = performance.now() - sent;
  console.log(
    JSON.stringify({
      live: instances.length,
      base_mib: Math.round(base / 2 ** 20),
      kib_per_instance: Math.round(bytes / 102.4) / 10,
      evaluate_64_ms: Math.round(took * 10) / 10,
    }),
  );
} finally {
  server.stop();
}
