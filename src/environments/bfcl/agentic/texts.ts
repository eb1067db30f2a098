import type { AgenticTask } from "../data/types.ts";

/** Who the user is, by the scenario of a memory task. */
const SCENARIOS: Readonly<Record<string, string>> = {
  student:
    "The user is a college student whom you help with studies and with the rest of life, one conversation after another.",
  customer: "The user is a customer of an online shop, and you are its support, one conversation after another.",
  finance:
    "The user leads in a financial firm, and you are the assistant who knows the work, the decisions and the family behind it.",
  healthcare: "The user is a patient whom you accompany from one appointment to the next.",
  notetaker: "The user hands you notes, tasks and dates to keep, and asks for them later.",
};

const TWO_MEMORIES = [
  "You have a memory that outlives this conversation, and functions to write and read it. Its core is small and always before your eyes; its archive is large, and you see of it only what you look up.",
  "Put into it whatever may be asked for later, keep it up to date, and file it so that you find it again. What is only said here is gone after this conversation.",
  "The core memory holds at this moment:",
];

const ONE_MEMORY = [
  "You have a memory that outlives this conversation: one text, always before your eyes, and functions to rewrite it.",
  "Put into it whatever may be asked for later, keep it up to date, and keep it short. What is only said here is gone after this conversation.",
  "The memory holds at this moment:",
];

/** The form is the official one, which the answers are looked for in. */
const ANSWER_FORM =
  "Your last message answers the user, in this form: {'answer': a short and exact answer, 'context': in a sentence, where it comes from or why it is right}. " +
  "When you do not know it, both are 'I do not know'. When the question cannot be answered properly, the answer is 'I cannot answer this question' and the context says why.";

/** What the system message of an agentic task says beside the tools. `memory`: the part of a memory that is always seen. */
export function agenticTexts(task: AgenticTask, memory: string): string[] {
  const form = task.answers === null ? [] : [ANSWER_FORM];
  switch (task.kind) {
    case "web_search":
      return form;
    case "memory": {
      const about = task.backend === "rec_sum" ? ONE_MEMORY : TWO_MEMORIES;
      return [SCENARIOS[task.scenario] ?? "", `${about.join("\n")}\n${memory}`, ...form].filter((text) => text !== "");
    }
  }
}
