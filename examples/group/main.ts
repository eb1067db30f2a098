import { connect, type Message } from "../../src/client/index.ts";
import { createStepwell } from "../../src/index.ts";

/** A stand-in for your model: guesses between the bounds that the conversation has left. */
function generate(messages: readonly Message[]): Message {
  let [low, high] = [1, 100];
  messages.forEach(({ content }, index) => {
    const guess = Number(messages[index - 1]?.content);
    if (content === "Higher.") low = guess + 1;
    if (content === "Lower.") high = guess - 1;
  });
  return { role: "assistant", content: String(Math.floor((low + high) / 2)) };
}

await using server = await createStepwell({ environments: ["guess"], port: 0 });
await using well = await connect(server.listen());
const { tasks } = await well.tasks("guess", { split: "train", limit: 1 });

// A group for GRPO: eight instances of one task, all or none.
const group = await well.createGroup("guess", tasks[0]?.task_id ?? "", 8, { labels: { run: "example" } });
let live = group.map((instance) => ({ instance, messages: [...instance.state] }));
while (live.length > 0) {
  const turns = live.map((episode) => ({ ...episode, action: generate(episode.messages) }));
  const steps = await well.stepMany(turns);
  live = turns.flatMap(({ instance, messages, action }, index) => {
    const step = steps[index];
    if (!step || !("ok" in step) || step.ok.is_terminated) return [];
    return [{ instance, messages: [...messages, action, ...step.ok.state] }];
  });
}
for (const score of await well.evaluateMany(group)) {
  if ("ok" in score) console.log(score.ok.failure ? "mask this sample" : `reward ${score.ok.reward}`);
}
await well.releaseMany(group);
