import type { JsonObject } from "../protocol/messages.ts";
import type { Instance } from "./instance.ts";

/** What `info` says of an instance: the environment's own answer, and where the instance stands. */
export function describe(instance: Instance, answer: JsonObject): JsonObject {
  const { header } = instance.spec;
  const { steps, end_reason } = instance.snapshot.context;
  return {
    ...answer,
    instance_id: instance.id,
    env_type: header.env_type,
    task_id: header.request.task_id,
    steps,
    is_terminated: end_reason !== null,
    end_reason,
    labels: { ...header.labels },
  };
}
