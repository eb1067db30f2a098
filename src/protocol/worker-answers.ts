import { z } from "zod";
import type { EpisodeScore, EpisodeStart, EpisodeStep } from "./episode.ts";
import { isRecord } from "./frames.ts";
import type { EnvironmentProfile, Json, TaskRow, Tool, ToolCall } from "./messages.ts";

/**
 * What a worker may answer. A worker runs what a model wrote, so its answers are checked before an instance, a trainer or
 * a log sees them: a wrong one is our own failure, never a reward. A field that is null is one that is not there.
 */
const json = z.custom<Json>((value) => value !== undefined);
const object = z.record(z.string(), json);
const finite = z.number().refine(Number.isFinite, "expected a finite number");

const toolCall: z.ZodType<ToolCall> = z.object({
  id: z.string(),
  type: z.literal("function"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z
  .object({
    role: z.enum(["system", "user", "assistant", "tool"]),
    content: z.string().nullable(),
    tool_calls: z.array(toolCall).nullish(),
    tool_call_id: z.string().nullish(),
    name: z.string().nullish(),
  })
  .transform(withoutNulls(["content"]));

const tool = z.object({
  type: z.literal("function"),
  function: z.object({ name: z.string(), description: z.string(), parameters: object }),
}) satisfies z.ZodType<Tool>;

const reward_parts = z.object({ sparse: finite }).catchall(finite);

const start = z.object({
  state: z.array(message),
  tools: z
    .array(tool)
    .nullish()
    .transform((tools) => tools ?? []),
  info: object.nullish().transform((info) => info ?? {}),
  prompt_sha256: z
    .string()
    .nullish()
    .transform((digest) => digest ?? null),
});

const step = z
  .object({
    state: z.array(message),
    reward: finite,
    end_reason: z.enum(["completed", "gave_up", "force_quit", "action_crash"]).nullable(),
    action: z.object({
      valid: z.boolean(),
      format: z.string().nullable(),
      parse_errors: z.array(z.string()),
    }),
    tools_added: z.array(tool).nullish(),
    reward_parts: reward_parts.nullish(),
    info: object.nullish(),
  })
  .transform(withoutNulls(["end_reason"]));

const score = z.object({
  reward: finite,
  success: z.boolean(),
  verdict: z.record(z.string(), z.unknown()),
  reward_parts,
});

const protection = z.object({ wall: z.string(), up: z.boolean(), what: z.string() });

const profile = z.object({
  profile: z.object({
    env_type: z.string(),
    version: z.string(),
    replay: z.enum(["exact", "measured", "none"]),
    splits: z.array(z.string()),
    unavailable: z.array(z.object({ what: z.string(), reason: z.string() })),
  }) satisfies z.ZodType<EnvironmentProfile>,
  engine: z.string(),
  data_sha256: z
    .string()
    .nullish()
    .transform((digest) => digest ?? null),
  action_timeout_s: z.number().positive().nullish(),
  max_steps: z.int().positive().nullish(),
  protections: z.array(protection).nullish(),
});

const tasks = z.object({
  tasks: z.array(z.custom<TaskRow>((row) => isRecord(row) && typeof row.task_id === "string", "expected a task row")),
});

const health = z.object({ instances: z.int().min(0), rss_bytes: z.number().min(0) });

/** How a worker is: instances that it holds, resident bytes of it and everything that it started. */
export type WorkerHealth = z.output<typeof health>;
/** Something that keeps a model's code in: whether it does where the worker runs, and by what, or what is missing. */
export type Protection = z.output<typeof protection>;
export type WorkerProfile = z.output<typeof profile>;

/** Reads the `ok` of an op; throws an Error that says what is wrong with it. */
export const answers = {
  profile: (value: unknown) => read(profile, value),
  tasks: (value: unknown) => read(tasks, value).tasks,
  create: (value: unknown): EpisodeStart => read(start, value) as EpisodeStart,
  step: (value: unknown): EpisodeStep => read(step, value) as EpisodeStep,
  evaluate: (value: unknown): EpisodeScore => read(score, value) as EpisodeScore,
  info: (value: unknown) => read(object, value),
  ping: (value: unknown) => read(health, value),
};

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`the worker's answer is wrong: ${z.prettifyError(parsed.error)}`);
}

/** Drops the fields that are null, those named aside. */
function withoutNulls(kept: readonly string[]) {
  return <T extends object>(value: T): T =>
    Object.fromEntries(
      Object.entries(value).filter(([name, field]) => kept.includes(name) || (field !== null && field !== undefined)),
    ) as T;
}
