import { startSelf } from "../../src/cli/bench-server.ts";
import { connect, type InstanceHandle } from "../../src/client/index.ts";
import { nativeEnvironments } from "../../src/environments/registry.ts";

/**
 * Holds many live BFCL instances of all four categories, each three steps in, and says what one costs in resident
 * memory of the server, and that steps are still served. `bun benchmarks/load/live-instances.ts [count]`
 */
const count = Number(process.argv[2] ?? 10_000);
const server = await startSelf(["serve", "--port", "0", "--env", "bfcl"], /stepwell serves (\S+)/);
try {
  await using client = await connect(server.address);
  const demo = await nativeEnvironments.bfcl?.demo(() => {});
  if (!demo) throw new Error("needs bfcl");
  const { tasks } = await client.tasks("bfcl", { split: "all", limit: 10_000 });
  const instances: InstanceHandle[] = [];
  const open = async (from: number, to: number) => {
    for (let at = from; at < to; at += 64) {
      const wanted = Array.from(
        { length: Math.min(64, to - at) },
        (_, index) => tasks[(at + index) % tasks.length]?.task_id ?? "",
      );
      const created = await client.createMany(wanted.map((task_id) => ({ env_type: "bfcl", task_id })));
      const group = created.flatMap((one) => ("ok" in one ? [one.ok] : []));
      const policies = wanted.map((task_id) => demo.policy(task_id));
      for (let step = 0; step < 3; step++) {
        await client.stepMany(
          group.map((instance, index) => ({
            instance,
            action: policies[index]?.([]) ?? { role: "assistant", content: "" },
          })),
        );
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
