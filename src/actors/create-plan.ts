import { createHash } from "node:crypto";
import { ProtocolError } from "../protocol/errors.ts";
import type { JsonObject, Provenance } from "../protocol/messages.ts";
import type { InstanceSpec } from "./instance-context.ts";
import type { Ids, WorkerCatalogue } from "./ports.ts";

/** What a create asks for, checked as to its form. */
export interface CreateQuery {
  readonly env_type: string;
  readonly task_id: string;
  readonly params: JsonObject;
  readonly seed: number | null;
  /** Instances to create, all or none; null is one that is answered without a list. */
  readonly n: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Fields of the provenance that the caller relies on. */
  readonly expect: JsonObject;
  readonly instance_id: string | null;
}

/** Limits and deadlines of instances, milliseconds. */
export interface InstanceLimits {
  readonly queue_limit: number;
  readonly create_timeout_ms: number;
  readonly worker_timeout_ms: number;
  readonly evaluate_timeout_ms: number;
  readonly idle_timeout_ms: number;
  readonly max_idle_timeout_ms: number;
  readonly max_group: number;
}

interface PlanContext {
  readonly catalogue: WorkerCatalogue;
  readonly limits: InstanceLimits;
  readonly ids: Ids;
  readonly version: string;
  readonly principal: string;
  readonly session: string;
  readonly now: number;
}

/** The instances that a create makes. Throws `bad_request`, `bad_params` on what no environment has to see. */
export function planCreate(query: CreateQuery, context: PlanContext): InstanceSpec[] {
  const { ids, limits, now, principal, session } = context;
  const size = query.n ?? 1;
  if (size > limits.max_group) {
    throw new ProtocolError("bad_request", `n is ${size}; a group has at most ${limits.max_group} instances`);
  }
  if (query.instance_id !== null && size !== 1) {
    throw new ProtocolError("bad_request", "instance_id names one instance: leave it out, or create one alone");
  }
  const { own, rest } = splitParams(query.params, limits, context.catalogue.max_steps ?? null);
  checkActionClock(query.params, limits);
  const provenance = provenanceOf(query, context);
  const request = { task_id: query.task_id, params: rest, seed: query.seed, started_at: now / 1000 };
  const group = { id: query.instance_id ?? ids.instance(), size, session };
  return Array.from({ length: size }, (_, index) => {
    const instance_id = index === 0 ? group.id : ids.instance();
    const header = { instance_id, env_type: query.env_type, principal, request, labels: query.labels };
    return {
      header,
      group,
      provenance,
      replay: context.catalogue.profile.replay,
      ...limits,
      ...own,
      lifetime_ms: null,
    };
  });
}

function provenanceOf(query: CreateQuery, { catalogue, version }: PlanContext): Omit<Provenance, "prompt_sha256"> {
  return {
    stepwell: version,
    environment: catalogue.profile.version,
    engine: catalogue.engine,
    data_sha256: catalogue.data_sha256,
    params_sha256: createHash("sha256").update(canonical(query.params)).digest("hex"),
  };
}

/** An action whose clock outlasts ours would be taken for a worker that hangs. */
function checkActionClock({ action_timeout_s }: JsonObject, { worker_timeout_ms }: InstanceLimits): void {
  const most = worker_timeout_ms / 1000;
  if (typeof action_timeout_s !== "number" || action_timeout_s < most) return;
  throw new ProtocolError(
    "bad_params",
    `params.action_timeout_s is below the server's own deadline for a step, ${most} s`,
  );
}

/** Parameters that the instance keeps to itself; the others go to the environment. */
function splitParams(params: JsonObject, limits: InstanceLimits, usual: number | null) {
  const { max_steps = usual, idle_timeout_s = limits.idle_timeout_ms / 1000, ...rest } = params;
  if (max_steps !== null && !(Number.isSafeInteger(max_steps) && Number(max_steps) >= 1)) {
    throw new ProtocolError("bad_params", "params.max_steps is a whole number of steps, at least 1");
  }
  const most = limits.max_idle_timeout_ms / 1000;
  if (typeof idle_timeout_s !== "number" || !(idle_timeout_s > 0 && idle_timeout_s <= most)) {
    throw new ProtocolError("bad_params", `params.idle_timeout_s is a number of seconds, above 0 and at most ${most}`);
  }
  return { own: { max_steps: max_steps as number | null, idle_timeout_ms: idle_timeout_s * 1000 }, rest };
}

/** The refusal of a caller who relies on another provenance than the one found, or null. */
export function unmetExpectation(expect: JsonObject, found: Provenance): ProtocolError | null {
  for (const [field, value] of Object.entries(expect)) {
    const here = (found as unknown as JsonObject)[field];
    if (here === value) continue;
    if (here === undefined) {
      const known = Object.keys(found).join(", ");
      return new ProtocolError("expectation_failed", `provenance has no field ${field}; there are: ${known}`);
    }
    const message = `${field} is ${JSON.stringify(here)} here, not ${JSON.stringify(value)}`;
    return new ProtocolError("expectation_failed", message);
  }
  return null;
}

/** JSON with sorted keys: equal parameters give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
