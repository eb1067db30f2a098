/**
 * For the tests of python/: as one JSON object, for the first tasks of each category of BFCL multi-turn (how many is the
 * argument), the assistant messages that solve them.
 */
import { nativeEnvironments } from "../../src/environments/registry.ts";
import { createStepwell } from "../../src/index.ts";

const most = Number(process.argv[2] ?? 4);
const demo = await nativeEnvironments.bfcl?.demo((line) => console.error(line));
if (!demo) throw new Error("bfcl is not served here");
await using well = await createStepwell({ environments: ["bfcl"] });
const answers: Record<string, unknown[]> = {};
for (const category of ["base", "miss_func", "miss_param", "long_context"]) {
  const { tasks } = await well.tasks("bfcl", {
    split: "all",
    filter: { category: `multi_turn_${category}` },
    limit: most,
  });
  for (const { task_id } of tasks) {
    await using instance = await well.create("bfcl", task_id);
    const act = demo.policy(task_id);
    const messages: unknown[] = [];
    for (let observation = instance.state, over = false; !over; ) {
      const action = act(observation);
      messages.push(action);
      const step = await instance.step(action);
      observation = step.state;
      over = step.is_terminated;
    }
    answers[task_id] = messages;
  }
}
console.log(JSON.stringify(answers));
